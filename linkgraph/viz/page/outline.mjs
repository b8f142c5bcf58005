/**
 * Draws the outline of the world's countries, once, when the page is built: writes the module that src/outline.d.ts declares.
 *
 * Shapes are those of Natural Earth at 1:110 million, places those at 1:50 million (public domain; packaged as world-atlas).
 * Projection: Equal Earth (Šavrič, Patterson and Jenny 2018, doi 10.1080/13658816.2018.1504949), so that shading
 * covers as much of the map as it does of the ground.
 *
 * Usage: node outline.mjs INTO.js
 */

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { feature } from "topojson-client";

const require = createRequire(import.meta.url);
const read = (name) => JSON.parse(readFileSync(require.resolve(name), "utf-8"));

const WIDTH = 2000;
const [A1, A2, A3, A4] = [1.340264, -0.081106, 0.000893, 0.003796];
const HALF = (2 * Math.PI) / (Math.sqrt(3) * A1);
const TOP = 1.3173627591574133;
const SCALE = WIDTH / (2 * HALF);

/** Degrees to whole units of the drawing, y downwards. */
function project([longitude, latitude]) {
  const theta = Math.asin((Math.sqrt(3) / 2) * Math.sin((latitude * Math.PI) / 180));
  const t2 = theta * theta;
  const t6 = t2 * t2 * t2;
  const x = (2 * Math.sqrt(3) * ((longitude * Math.PI) / 180) * Math.cos(theta)) / (3 * (9 * A4 * t6 * t2 + 7 * A3 * t6 + 3 * A2 * t2 + A1));
  const y = theta * (A1 + A2 * t2 + t6 * (A3 + A4 * t2));
  return [Math.round((HALF + x) * SCALE), Math.round((TOP - y) * SCALE)];
}

/** What ISO 3166-1 lists and the shapes do not: parts of another country there, or too small. Degrees east and north. */
const UNDRAWN = {
  BQ: [-68.3, 12.2], BV: [3.4, -54.4], CC: [96.8, -12.2], CX: [105.6, -10.5], GF: [-53.1, 4], GI: [-5.35, 36.14], GP: [-61.5, 16.2], MQ: [-61, 14.6],
  RE: [55.5, -21.1], SJ: [16, 78.6], TK: [-171.8, -9.2], TV: [179.2, -8.5], UM: [166.6, 19.3], YT: [45.2, -12.8],
};
/** Natural Earth gives Kosovo no number; XK is the code that the evidence uses. */
const UNNUMBERED = { Kosovo: "XK" };

const alpha2 = new Map(read("i18n-iso-countries/codes.json").map(([two, , numeric]) => [numeric, two]));

/** Rings of each shape in degrees, outer and inner alike, with its code; "" where ISO 3166-1 has none. */
function countries(name) {
  const atlas = read(name);
  return feature(atlas, atlas.objects.countries).features.map(({ id, properties, geometry }) => ({
    code: alpha2.get(id) ?? UNNUMBERED[properties.name] ?? "",
    rings: (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates).flat(),
  }));
}

/** One ring, cut where the map's edge cuts it: none of the pieces leaps from one edge to the other. */
function cut(ring) {
  const whole = [];
  for (const [longitude, latitude] of ring) {
    const before = whole.at(-1)?.[0] ?? longitude;
    whole.push([longitude + 360 * Math.round((before - longitude) / 360), latitude]);
  }
  const [first, last] = [whole[0], whole.at(-1)];
  // A ring around the pole has the pole as its other side.
  if (Math.abs(first[0] - last[0]) > 180) whole.push([last[0], -90], [first[0], -90]);
  return [-360, 0, 360]
    .map((turn) => side(side(whole.map(([x, y]) => [x + turn, y]), (x) => x <= 180, 180), (x) => x >= -180, -180))
    .filter((piece) => piece.length > 2);
}

/** The part of a ring on one side of a meridian (Sutherland and Hodgman 1974). */
function side(ring, inside, edge) {
  return ring.flatMap((to, index) => {
    const from = ring.at(index - 1);
    const crossing = [edge, from[1] + ((to[1] - from[1]) * (edge - from[0])) / (to[0] - from[0])];
    if (inside(to[0])) return inside(from[0]) ? [to] : [crossing, to];
    return inside(from[0]) ? [crossing] : [];
  });
}

/** Ring in whole units, without points that repeat or lie between their neighbours on one line. */
function drawn(ring) {
  const points = [];
  for (const [x, y] of ring.map(project)) {
    const [a, b] = points.slice(-2);
    if (points.length && points.at(-1)[0] === x && points.at(-1)[1] === y) continue;
    if (b && (b[0] - a[0]) * (y - b[1]) === (b[1] - a[1]) * (x - b[0]) && (b[0] - a[0]) * (x - b[0]) + (b[1] - a[1]) * (y - b[1]) > 0) points.pop();
    points.push([x, y]);
  }
  if (points.length > 1 && points[0].join() === points.at(-1).join()) points.pop();
  return points;
}

/** SVG path data: absolute where a ring begins, then steps. */
function path(rings) {
  return rings
    .map(drawn)
    .filter((ring) => ring.length > 2)
    .map((ring) => {
      const steps = ring.slice(1).map(([x, y], index) => pair(x - ring[index][0], y - ring[index][1]));
      return `M${pair(...ring[0])}l${steps.reduce((all, step) => all + (step[0] === "-" ? "" : " ") + step)}z`;
    })
    .join("");
}

const pair = (x, y) => `${x}${y < 0 ? "" : " "}${y}`;

function area(ring) {
  return ring.reduce((sum, [x, y], index) => sum + ring.at(index - 1)[0] * y - x * ring.at(index - 1)[1], 0) / 2;
}

/** Middle of a ring: its centre of mass, or where that lies outside, the middle of the widest stretch at that height. */
function middle(ring) {
  const whole = area(ring);
  let [cx, cy] = [0, 0];
  ring.forEach(([x, y], index) => {
    const [px, py] = ring.at(index - 1);
    cx += ((px + x) * (px * y - x * py)) / (6 * whole);
    cy += ((py + y) * (px * y - x * py)) / (6 * whole);
  });
  const crossings = ring
    .flatMap(([x, y], index) => {
      const [px, py] = ring.at(index - 1);
      return py > cy !== y > cy ? [px + ((x - px) * (cy - py)) / (y - py)] : [];
    })
    .sort((a, b) => a - b);
  const stretches = [];
  for (let index = 0; index + 1 < crossings.length; index += 2) stretches.push([crossings[index], crossings[index + 1]]);
  if (stretches.some(([from, to]) => from <= cx && cx <= to)) return [cx, cy];
  const [from, to] = stretches.sort((a, b) => b[1] - b[0] - (a[1] - a[0]))[0];
  return [(from + to) / 2, cy];
}

const shapes = countries("world-atlas/countries-110m.json")
  .map(({ code, rings }) => [code, path(rings.flatMap(cut))])
  .sort(([a, b], [c, d]) => (a < c ? -1 : a > c ? 1 : b < d ? -1 : 1));

const places = Object.fromEntries(Object.entries(UNDRAWN).map(([code, at]) => [code, project(at)]));
const largest = {};
for (const { code, rings } of countries("world-atlas/countries-50m.json")) {
  for (const ring of rings.flatMap(cut)) {
    // Degrees shrink towards the poles; compared is what each ring covers of the ground.
    const size = Math.abs(area(ring.map(([x, y]) => [x, Math.sin((y * Math.PI) / 180)])));
    if (code && size > (largest[code]?.size ?? 0)) largest[code] = { size, ring };
  }
}
for (const [code, { ring }] of Object.entries(largest)) places[code] = project(middle(ring));

const without = [...alpha2.values()].filter((code) => !places[code]);
if (without.length) throw new Error(`No place on the map for ${without}`);

const sorted = Object.fromEntries(Object.entries(places).sort(([a], [b]) => (a < b ? -1 : 1)));
const outline = { width: WIDTH, height: Math.round(2 * TOP * SCALE), shapes, places: sorted };
writeFileSync(process.argv[2], `export const outline = JSON.parse(${JSON.stringify(JSON.stringify(outline))});\n`);
