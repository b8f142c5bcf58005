/** All that is drawn as a file of SVG 1.1 that stands alone: with case, marking, counts, what is cut, and legend. */

import type cytoscape from "cytoscape";
import type { App } from "./app";
import { boxOf, chart, legendOf, text, unitOf } from "./chart";
import { download } from "./download";
import { COLOURED, type Look } from "./looks";
import { mark, rounded, written, type Mark } from "./mark";
import { sceneOf, type Drawn, type Scene } from "./scene";
import { caption, pageDigest, wrapped, type Caption } from "./shown";
import { leaving } from "./texts";
import { short } from "./unicode";

export function saveSvg(app: App, cy: cytoscape.Core): void {
  download(new Blob([pictureSvg(app, cy)], { type: "image/svg+xml" }), "linkgraph-picture.svg");
}

function pictureSvg(app: App, cy: cytoscape.Core): string {
  return written(poster(sceneOf(app, drawnIn(cy)), caption(app, pageDigest()), COLOURED), document.getElementById("drawing")?.namespaceURI ?? "");
}

/** Where Cytoscape has things now: they may have been dragged. */
export function drawnIn(cy: cytoscape.Core): Drawn {
  return (key) => {
    const found = cy.getElementById(key);
    if (!found.length) return null;
    return { at: found.isNode() ? { ...found.position() } : { x: 0, y: 0 }, onPath: found.hasClass("route") };
  };
}

const [WIDTH, MARGIN, HIGHEST] = [1600, 20, 1600];
const [LINE, TEXT, COLUMN] = [20, 13, 390];

/** A picture with its caption and legend. */
export function poster(scene: Scene, said: Caption, look: Look): Mark {
  const box = boxOf(scene);
  const room = WIDTH - 2 * MARGIN;
  const unit = unitOf(box, room, HIGHEST);
  const { marks } = chart(scene, look, unit);
  const head = 54;
  const height = box.height / unit;
  const left = (WIDTH - box.width / unit) / 2;
  const below = said.lines.flatMap((line) => wrapped(line, (part) => part.length * TEXT * 0.52 <= room));
  const legend = legendOf(scene, look);
  const columns = Math.floor(room / COLUMN);
  const legendTop = head + height + 24 + below.length * LINE + 14;
  const whole = legendTop + LINE + Math.ceil(legend.length / columns) * 24 + MARGIN;
  const plate = said.marking.length * 10 + 20;
  return mark(
    "svg",
    { width: WIDTH, height: whole, viewBox: `0 0 ${WIDTH} ${Math.ceil(whole)}`, "font-family": "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" },
    mark("title", {}, `${said.case} · ${said.marking}`),
    mark("desc", {}, said.lines.join("\n")),
    mark("rect", { width: WIDTH, height: whole, fill: look.paper }),
    text(short(said.case, 110), { x: MARGIN, y: 26 }, 18, look.ink, 600, "start"),
    mark("rect", { x: WIDTH - MARGIN - plate, y: 12, width: plate, height: 28, fill: look.ink }),
    text(said.marking, { x: WIDTH - MARGIN - plate / 2, y: 26 }, 15, look.paper, 700),
    mark("g", { transform: `translate(${rounded(left - box.x / unit)} ${rounded(head - box.y / unit)}) scale(${Math.round(1e5 / unit) / 1e5})` }, ...marks),
    ...below.map((line, at) => text(line, { x: MARGIN, y: head + height + 24 + at * LINE }, TEXT, look.ink, at ? 400 : 600, "start")),
    text(leaving.legend, { x: MARGIN, y: legendTop }, TEXT, look.ink, 600, "start"),
    ...legend.flatMap((row, at) => {
      const [x, y] = [MARGIN + (at % columns) * COLUMN, legendTop + LINE + Math.floor(at / columns) * 24];
      return [mark("g", { transform: `translate(${x} ${rounded(y - 10)})` }, ...row.sample), text(row.text, { x: x + 50, y }, 12, look.ink, 400, "start")];
    }),
  );
}
