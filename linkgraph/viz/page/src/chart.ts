/** A scene as a drawing with its legend: the shapes, dashes and marks of symbols.ts, in the colours of a look. */

import type { LineLook, Look } from "./looks";
import { mark, rounded, type Mark } from "./mark";
import type { Place, Scene, SceneLine, SceneNode } from "./scene";
import * as texts from "./texts";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Chart {
  readonly marks: readonly Mark[];
  readonly box: Box;
  /** Entities whose names would lie on those of others on paper, and are not drawn. */
  readonly unnamed: number;
}

export interface LegendRow {
  /** Drawn in 40 by 20. */
  readonly sample: readonly Mark[];
  readonly text: string;
}

const FONT = 11;
/** Width of a letter, of its height: near enough to place labels without measuring them. */
const LETTER = 0.56;

/** How many units of the scene one unit of a drawing of this width and height is. */
export function unitOf({ width: boxWidth, height: boxHeight }: Box, width: number, height: number): number {
  return Math.max(boxWidth / width, boxHeight / height, 0.6);
}

/** Where the nodes are, with room for their labels. */
export function boxOf(scene: Scene): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { at, radius, what, label } of scene.nodes) {
    const half = Math.max(radius, what === "entity" ? (label[0].length * FONT * LETTER) / 2 : 0) + 8;
    [left, right] = [Math.min(left, at.x - half), Math.max(right, at.x + half)];
    [top, bottom] = [Math.min(top, at.y - radius - 12), Math.max(bottom, at.y + radius + (what === "entity" ? 26 : 12))];
  }
  if (!scene.nodes.length) return { x: 0, y: 0, width: 400, height: 200 };
  // Outlines are drawn in the size of the paper, so they need room in proportion.
  const pad = 0.012 * Math.max(right - left, bottom - top);
  return { x: left - pad, y: top - pad, width: right - left + 2 * pad, height: bottom - top + 2 * pad };
}

/**
 * `unit`: how many units of the scene are one of what it is drawn on; lines between communities and their labels keep
 * their size there. A file can be enlarged, so every entity has its name in it; on paper a name has a size
 * that can be read, and the strongest come first where there is no room for all.
 */
export function chart(scene: Scene, look: Look, unit: number): Chart {
  const of = (what: SceneNode["what"]): SceneNode[] => scene.nodes.filter((node) => node.what === what);
  const [labels, unnamed] = look.numbered ? placed(scene, look, Math.max(FONT, 8 * unit)) : [of("entity").flatMap((node) => boxed(node.label[0], places(node, FONT)[0], FONT, look)), 0];
  const marks = [
    ...of("open").flatMap((node) => openCommunity(node, look, unit)),
    ...scene.lines.filter(({ kind }) => kind < 0).flatMap((line) => bundle(line, look, unit)),
    ...scene.lines.filter(({ kind }) => kind >= 0).flatMap((line) => link(line, scene, look)),
    ...labels,
    // Above the names: where a border is crossed, and what is what, must not be hidden by a name.
    ...scene.lines.flatMap((line) => crossing(line, look, unit)),
    ...of("closed").flatMap((node) => closedCommunity(node, scene, look, unit)),
    ...of("entity").flatMap((node) => entity(node, scene, look, unit)),
    ...of("group").flatMap((node) => group(node, look)),
  ];
  return { marks, box: boxOf(scene), unnamed };
}

/**
 * Names where they lie on no other name and near no other shape, so that it is plain whose they are: strongest
 * first, and how many found no place.
 */
function placed(scene: Scene, look: Look, size: number): [labels: Mark[], unnamed: number] {
  const near = 0.25 * size;
  const shapes = scene.nodes
    .filter(({ what }) => what !== "open")
    .map((node) => ({ node, x: node.at.x - node.radius - near, y: node.at.y - node.radius - near, width: 2 * (node.radius + near), height: 2 * (node.radius + near) }));
  const taken: Box[] = [];
  const labels: Mark[] = [];
  let unnamed = 0;
  for (const node of scene.nodes.filter(({ what }) => what === "entity").sort((a, b) => b.strength - a.strength)) {
    const free = (one: Box): boolean => !taken.some((other) => overlap(one, other)) && !shapes.some((other) => other.node !== node && overlap(one, other));
    const place = places(node, size).find(free);
    if (!place) unnamed++;
    else {
      taken.push(place);
      labels.push(...boxed(node.label[0], place, size, look));
    }
  }
  return [labels, unnamed];
}

/** Around a node: first below, then above, to the right and left, and between these. */
function places({ at, radius, label: [name] }: SceneNode, size: number): Box[] {
  const [aside, away] = [radius + 2 + labelBox(name, at, size).width / 2, radius + 2 + size * 0.6];
  const around = [[0, 1], [0, -1], [1, 0], [-1, 0], [0.8, 0.8], [-0.8, 0.8], [0.8, -0.8], [-0.8, -0.8]];
  return around.map(([x, y]) => labelBox(name, { x: at.x + x * aside, y: at.y + y * away }, size));
}

/** What occurs, each once. */
export function legendOf(scene: Scene, look: Look): LegendRow[] {
  const { leaving, words } = texts;
  const rows: LegendRow[] = [];
  const kinds = scene.occurring;
  const node = (more: Partial<SceneNode> = {}): SceneNode => ({ what: "entity", at: { x: 20, y: 10 }, radius: 7, label: [""], kind: -1, strength: 0, role: "", shares: [], crosses: false, faded: false, pinned: false, note: 0, onPath: false, ...more });
  const line = (more: Partial<SceneLine>): SceneLine => ({ from: node({ at: { x: 0, y: 10 }, radius: 2 }), to: node({ at: { x: 40, y: 10 }, radius: 2 }), kind: -1, links: 1, crossing: false, onPath: false, bend: 0, ...more });
  const add = (occurs: boolean, text: string, sample: () => readonly Mark[]): void => {
    if (occurs) rows.push({ text, sample: sample() });
  };
  kinds.forEach((kind, at) => rows.push({ text: `${look.numbered ? `${at + 1} ` : ""}${texts.kind(scene.kinds[kind])}`, sample: entity(node({ kind }), scene, look) }));
  for (const kind of new Set(scene.lines.map((one) => one.kind).filter((one) => one >= 0).sort((a, b) => a - b))) {
    rows.push({ text: texts.linkKind(scene.linkKinds[kind]), sample: link(line({ kind }), scene, look) });
  }
  const [some, someLine] = [(test: (one: SceneNode) => boolean) => scene.nodes.some(test), (test: (one: SceneLine) => boolean) => scene.lines.some(test)];
  const plain = kinds[0] ?? -1;
  const closed = node({ what: "closed", radius: 9, label: [], shares: scene.kinds.map((_, kind) => (kind === plain ? 1 : 0)) });
  add(someLine((one) => one.kind >= 0 && one.crossing), leaving.crossing, () => [mark("line", { x1: 2, y1: 10, x2: 38, y2: 10, stroke: look.quiet, "stroke-width": 1 }), diamond({ x: 20, y: 10 }, 5, look.border)]);
  add(someLine((one) => one.kind < 0 && !one.crossing), leaving.bundle, () => bundle(line({ links: 9 }), look, 0.8));
  add(someLine((one) => one.kind < 0 && one.crossing), leaving.crossingBundle, () => [...bundle(line({ links: 9, crossing: true }), look, 0.8), ...crossing(line({ links: 9, crossing: true }), look, 0.8)]);
  add(some((one) => one.what === "closed"), look.numbered ? leaving.numberedRing : leaving.ring, () => closedCommunity(closed, scene, look, 1));
  add(some((one) => one.what === "closed" && one.crosses), leaving.crosses, () => closedCommunity({ ...closed, shares: [], crosses: true, radius: 8 }, scene, look, 0.7));
  add(some((one) => one.what === "open"), leaving.openCommunity, () => openCommunity(node({ what: "open", radius: 9, label: [] }), look, 1));
  add(some((one) => one.what === "group"), leaving.group, () => [mark("rect", { x: 5, y: 2, width: 30, height: 16, rx: 4, fill: look.paper, stroke: look.ink, "stroke-width": 2.5 })]);
  for (const [role, text] of [["suspect", words.markSuspect], ["victim", words.markVictim]] as const) {
    add(some((one) => one.role === role), text, () => entity(node({ role, kind: plain }), scene, { ...look, numbered: false }));
  }
  add(some((one) => one.role === "witness" || one.role === "police cover"), words.markOtherRole, () => entity(node({ role: "witness", kind: plain }), scene, { ...look, numbered: false }));
  add(some((one) => one.pinned), leaving.pinned, () => entity(node({ pinned: true, radius: 5, kind: plain }), scene, { ...look, numbered: false }));
  add(some((one) => one.note > 0), leaving.noted, () => noteMark({ x: 20, y: 10 }, 1, look));
  add(some((one) => one.faded), leaving.faded, () => entity(node({ faded: true, kind: plain }), scene, { ...look, numbered: false }));
  add(some((one) => one.onPath), leaving.path, () => [mark("line", { x1: 2, y1: 10, x2: 38, y2: 10, stroke: look.border, "stroke-width": 5 })]);
  return rows;
}

// -- nodes

function entity(node: SceneNode, scene: Scene, look: Look, unit = 1): Mark[] {
  const { at, role, note } = node;
  // A thick outline leaves no room for the number in a small shape.
  const radius = look.numbered && role === "suspect" ? node.radius * 1.3 : node.radius;
  const { colour, corners } = look.node(scene.kinds[node.kind] ?? "");
  const shape = (reach: number, paint: Mark["attributes"]): Mark =>
    corners
      ? mark("polygon", { points: corners.map(([x, y]) => `${rounded(at.x + reach * x)},${rounded(at.y + reach * y)}`).join(" "), ...paint })
      : mark("circle", { cx: at.x, cy: at.y, r: reach, ...paint });
  const [width, dashes] = role === "suspect" ? [4, undefined] : role === "victim" ? [2.5, "4 3"] : [1, undefined];
  const scale = radius / 12;
  const parts = [shape(radius, { fill: role === "victim" ? look.paper : colour, stroke: look.ink, "stroke-width": width * Math.max(scale, 0.6, look.numbered ? 0.5 * unit : 0), "stroke-dasharray": dashes })];
  if (role === "witness" || role === "police cover") parts.push(shape(radius * 0.7, { fill: colour, stroke: look.ink, "stroke-width": 1 }));
  if (node.pinned) parts.push(mark("circle", { cx: at.x, cy: at.y, r: radius + 4, fill: "none", stroke: look.quiet, "stroke-width": 1.5, "stroke-dasharray": "1.5 3" }));
  if (node.onPath) parts.push(mark("circle", { cx: at.x, cy: at.y, r: radius + 5, fill: "none", stroke: look.border, "stroke-width": 3.5 }));
  if (look.numbered && node.kind >= 0) parts.push(text(String(scene.occurring.indexOf(node.kind) + 1), at, radius * 0.8, look.ink));
  if (note) parts.push(...noteMark({ x: at.x + radius, y: at.y - radius }, note, look));
  return node.faded ? [mark("g", { opacity: look.numbered ? 0.5 : 0.3 }, ...parts)] : parts;
}

function noteMark(at: Place, number: number, look: Look): Mark[] {
  return [mark("circle", { cx: at.x, cy: at.y, r: 6.5, fill: look.ink }), text(look.numbered ? String(number) : "✎", at, 8.5, look.paper)];
}

function closedCommunity(node: SceneNode, scene: Scene, look: Look, unit: number): Mark[] {
  const { at, crosses } = node;
  const radius = Math.max(node.radius, 7 * unit);
  const parts = [mark("circle", { cx: at.x, cy: at.y, r: radius, fill: look.paper, stroke: crosses ? look.border : look.quiet, "stroke-width": (crosses && !look.numbered ? 3 : 1) * unit })];
  if (crosses && look.numbered) parts.push(mark("circle", { cx: at.x, cy: at.y, r: radius + 3 * unit, fill: "none", stroke: look.border, "stroke-width": 1.2 * unit }));
  const kinds = scene.occurring;
  const digits: Mark[] = [];
  let from = 0;
  node.shares.forEach((share, kind) => {
    if (share <= 0) return;
    const place = kinds.indexOf(kind);
    const fill = look.numbered ? (place % 2 ? look.shade : look.paper) : look.node(scene.kinds[kind]).colour;
    parts.push(ring(at, 0.71 * radius, 0.93 * radius, from, from + share, { fill, ...(look.numbered ? { stroke: look.ink, "stroke-width": 0.5 * unit } : {}) }));
    if (look.numbered && share >= 0.05) digits.push(text(String(place + 1), around(at, 0.82 * radius, from + share / 2), 0.2 * radius, look.ink));
    from += share;
  });
  const size = Math.min((2 * radius) / 4.5, 15 * unit);
  return [...parts, ...digits, ...node.label.map((line, row) => text(line, { x: at.x, y: at.y + (row - (node.label.length - 1) / 2) * size * 1.15 }, size, look.ink, 600))];
}

function openCommunity({ at, radius, label }: SceneNode, look: Look, unit: number): Mark[] {
  const circle = mark("circle", { cx: at.x, cy: at.y, r: radius, fill: look.ground, stroke: look.quiet, "stroke-width": 1.5 * unit, "stroke-dasharray": `${rounded(5 * unit)} ${rounded(4 * unit)}` });
  return [circle, ...label.map((line) => text(line, { x: at.x, y: at.y - radius + 12 * unit }, 13 * unit, look.quiet, 600))];
}

function group({ at, label }: SceneNode, look: Look): Mark[] {
  const width = Math.max(74, ...label.map((line) => line.length * 12 * LETTER + 14));
  return [
    mark("rect", { x: at.x - width / 2, y: at.y - 23, width, height: 46, rx: 8, fill: look.paper, stroke: look.ink, "stroke-width": 2.5 }),
    ...label.map((line, row) => text(line, { x: at.x, y: at.y + (row - (label.length - 1) / 2) * 15 }, 12, look.ink, 600)),
  ];
}

/** A part of a ring, from and to as parts of the whole, clockwise from above. */
function ring(at: Place, inner: number, outer: number, from: number, to: number, paint: Mark["attributes"]): Mark {
  // An arc that ends where it begins is nothing, so a whole ring is two halves.
  const steps = to - from > 0.5 ? [from, (from + to) / 2, to] : [from, to];
  const point = (radius: number, turn: number): string => {
    const { x, y } = around(at, radius, turn);
    return `${rounded(x)} ${rounded(y)}`;
  };
  const way = (radius: number, turns: readonly number[], sweep: 0 | 1): string => turns.slice(1).map((turn) => `A${rounded(radius)} ${rounded(radius)} 0 0 ${sweep} ${point(radius, turn)}`).join("");
  const back = [...steps].reverse();
  return mark("path", { d: `M${point(outer, from)}${way(outer, steps, 1)}L${point(inner, to)}${way(inner, back, 0)}Z`, ...paint });
}

function around(at: Place, radius: number, turn: number): Place {
  return { x: at.x + radius * Math.sin(2 * Math.PI * turn), y: at.y - radius * Math.cos(2 * Math.PI * turn) };
}

// -- lines

function link(line: SceneLine, scene: Scene, look: Look): Mark[] {
  const own = look.line(scene.linkKinds[line.kind]);
  const style: LineLook = line.onPath ? { ...own, stroke: look.border, width: 5 } : own;
  const { from, to } = line;
  const [control] = curve(line);
  const dashes = style.dashes?.join(" ");
  const stroke = { fill: "none", stroke: style.stroke, "stroke-width": style.width, "stroke-dasharray": dashes };
  if (from === to) {
    const { x, y } = from.at;
    const [start, top] = [from.radius * 0.7, from.radius * 3.2 + Math.abs(line.bend)];
    return [mark("path", { d: `M${rounded(x - start)} ${rounded(y - start)}C${rounded(x - top)} ${rounded(y - top)} ${rounded(x + top)} ${rounded(y - top)} ${rounded(x + start)} ${rounded(y - start)}`, ...stroke })];
  }
  const [begin, end] = [edge(from, line.bend ? control : to.at), edge(to, line.bend ? control : from.at)];
  const before = line.bend ? control : begin;
  const size = style.arrow === "none" ? 0 : 5 + 1.5 * Math.min(style.width, 3);
  const tip = size ? along(end, before, size * 0.8) : end;
  const path = (stop: Place): string => (line.bend ? `M${rounded(begin.x)} ${rounded(begin.y)}Q${rounded(control.x)} ${rounded(control.y)} ${rounded(stop.x)} ${rounded(stop.y)}` : `M${rounded(begin.x)} ${rounded(begin.y)}L${rounded(stop.x)} ${rounded(stop.y)}`);
  const parts = [mark("path", { d: path(style.arrow === "filled" ? tip : end), ...stroke })];
  if (style.double) parts.push(mark("path", { d: path(end), fill: "none", stroke: look.paper, "stroke-width": style.width - 2.4 }));
  if (style.arrow !== "none") parts.push(arrow(end, before, size, style));
  return parts;
}

function bundle({ from, to, links, crossing }: SceneLine, look: Look, unit: number): Mark[] {
  const [begin, end] = [edge(from, to.at), edge(to, from.at)];
  const part = (share: number): Place => ({ x: begin.x + (end.x - begin.x) * share, y: begin.y + (end.y - begin.y) * share });
  const width = Math.min(8, 0.8 + 1.1 * Math.log2(Math.max(links, 1))) * unit;
  const parts = [
    mark("line", {
      x1: begin.x,
      y1: begin.y,
      x2: end.x,
      y2: end.y,
      stroke: crossing ? look.border : look.quiet,
      "stroke-width": width,
      "stroke-opacity": look.numbered ? 0.55 : crossing ? 0.6 : 0.75,
      "stroke-dasharray": crossing && look.numbered ? `${rounded(7 * unit)} ${rounded(3 * unit)}` : undefined,
    }),
  ];
  const number = texts.n(links);
  if (links > 1) parts.push(...boxed(number, labelBox(number, part(0.5), 11 * unit), 11 * unit, look));
  return parts;
}

/** The mark of a line across a border: in the middle, beside the number of a line that has one. */
function crossing(line: SceneLine, look: Look, unit: number): Mark[] {
  if (!line.crossing) return [];
  if (line.kind >= 0) return [diamond(curve(line)[1], 6, look.border)];
  const [begin, end] = [edge(line.from, line.to.at), edge(line.to, line.from.at)];
  const share = line.links > 1 ? 0.3 : 0.5;
  return [diamond({ x: begin.x + (end.x - begin.x) * share, y: begin.y + (end.y - begin.y) * share }, 5 * unit, look.border)];
}

/** The point that bends a line, and the middle of the line. */
function curve({ from, to, bend }: SceneLine): [control: Place, middle: Place] {
  const [dx, dy] = [to.at.x - from.at.x, to.at.y - from.at.y];
  const length = Math.hypot(dx, dy) || 1;
  const centre = { x: (from.at.x + to.at.x) / 2, y: (from.at.y + to.at.y) / 2 };
  const control = { x: centre.x - (dy / length) * bend, y: centre.y + (dx / length) * bend };
  return [bend ? control : to.at, { x: (centre.x + (bend ? control.x : centre.x)) / 2, y: (centre.y + (bend ? control.y : centre.y)) / 2 }];
}

/** Where a line from the middle of a node towards a place leaves the node. */
function edge({ at, radius }: SceneNode, towards: Place): Place {
  return along(at, towards, Math.min(radius, Math.hypot(towards.x - at.x, towards.y - at.y)));
}

function along(from: Place, towards: Place, distance: number): Place {
  const length = Math.hypot(towards.x - from.x, towards.y - from.y) || 1;
  return { x: from.x + ((towards.x - from.x) / length) * distance, y: from.y + ((towards.y - from.y) / length) * distance };
}

function arrow(tip: Place, from: Place, size: number, { arrow: form, stroke }: LineLook): Mark {
  const length = Math.hypot(tip.x - from.x, tip.y - from.y) || 1;
  const [ux, uy] = [(tip.x - from.x) / length, (tip.y - from.y) / length];
  const corner = (side: number): string => `${rounded(tip.x - ux * size + side * uy * size * 0.5)},${rounded(tip.y - uy * size - side * ux * size * 0.5)}`;
  const points = `${corner(1)} ${rounded(tip.x)},${rounded(tip.y)} ${corner(-1)}`;
  return form === "open" ? mark("polyline", { points, fill: "none", stroke, "stroke-width": 1.4 }) : mark("polygon", { points, fill: stroke });
}

function diamond({ x, y }: Place, reach: number, fill: string): Mark {
  return mark("polygon", { points: `${rounded(x)},${rounded(y - reach)} ${rounded(x + reach)},${rounded(y)} ${rounded(x)},${rounded(y + reach)} ${rounded(x - reach)},${rounded(y)}`, fill });
}

// -- texts

export function text(line: string, at: Place, size: number, fill: string, weight = 400, anchor: "start" | "middle" | "end" = "middle"): Mark {
  // The line of letters stands a third of its height below the middle; viewers differ in what they know of baselines.
  return mark("text", { x: at.x, y: at.y + size * 0.35, "font-size": size, "font-weight": weight === 400 ? undefined : weight, "text-anchor": anchor, fill, direction: "ltr", "unicode-bidi": "embed" }, line);
}

function labelBox(line: string, at: Place, size: number): Box {
  const width = Array.from(line).length * size * LETTER + 4;
  return { x: at.x - width / 2, y: at.y - size * 0.6, width, height: size * 1.2 };
}

function boxed(line: string, { x, y, width, height }: Box, size: number, look: Look): Mark[] {
  return [mark("rect", { x, y, width, height, fill: look.paper, "fill-opacity": 0.75 }), text(line, { x: x + width / 2, y: y + height / 2 }, size, look.ink)];
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
