/** What shapes, colours and lines mean, drawn from the table the picture is drawn from. */

import { h, svg } from "./dom";
import { BORDER, lineSymbol, nodeSymbol } from "./symbols";
import { words } from "./texts";

function sample(width: number, ...parts: Element[]): Element {
  return svg("svg", { class: "sample", width, height: 18, viewBox: `0 0 ${width} 18`, "aria-hidden": "true" }, ...parts);
}

/** The shape of one kind of entity. */
export function shapeOf(kind: string): Element {
  const { colour, corners } = nodeSymbol(kind);
  const paint = { fill: colour, stroke: "currentColor", "stroke-width": 1 };
  return sample(
    18,
    corners
      ? svg("polygon", { points: corners.map(([x, y]) => `${9 + 7 * x},${9 + 7 * y}`).join(" "), ...paint })
      : svg("circle", { cx: 9, cy: 9, r: 7, ...paint }),
  );
}

/** The line of one kind of link. */
export function lineOf(kind: string): Element {
  const { colour, dark, width, dashes, arrow } = lineSymbol(kind);
  const line = svg("line", {
    class: "line-sample",
    x1: 1,
    y1: 9,
    x2: arrow ? 29 : 35,
    y2: 9,
    "stroke-width": width,
    "stroke-dasharray": dashes?.join(" "),
  });
  const drawn = sample(36, line, ...(arrow ? [svg("polygon", { class: "line-sample", points: "35,9 27,5 27,13" })] : []));
  (drawn as SVGElement).style.setProperty("--on-light", colour);
  (drawn as SVGElement).style.setProperty("--on-dark", dark);
  return drawn;
}

const ink = "currentColor";
const ring = (attributes: Record<string, string | number>): Element =>
  sample(36, svg("circle", { cx: 18, cy: 9, r: 6.5, fill: "#c9d3dd", stroke: ink, "stroke-width": 1, ...attributes }));

/** The marks that are no kinds. */
export function legend(has: { communities: boolean; roles: readonly string[] }): HTMLElement {
  const rows: [Element, string][] = [
    [
      sample(36, svg("line", { x1: 1, y1: 9, x2: 35, y2: 9, stroke: "#66717D", "stroke-width": 1.5 }), svg("polygon", { points: "18,3.5 23.5,9 18,14.5 12.5,9", fill: BORDER })),
      words.markCrossing,
    ],
    [ring({ opacity: 0.3 }), words.markFaded],
  ];
  if (has.communities) {
    rows.push([ring({ fill: "#ffffff", stroke: "#0072B2", "stroke-width": 3 }), words.markCommunity]);
    rows.push([ring({ fill: "#ffffff", stroke: BORDER, "stroke-width": 2 }), words.markCommunityCrossing]);
  }
  if (has.roles.includes("suspect")) rows.push([ring({ "stroke-width": 3 }), words.markSuspect]);
  if (has.roles.includes("victim")) rows.push([ring({ fill: "#ffffff", "stroke-width": 2, "stroke-dasharray": "3 2" }), words.markVictim]);
  if (has.roles.includes("witness") || has.roles.includes("police cover")) {
    rows.push([
      sample(36, svg("circle", { cx: 18, cy: 9, r: 7.5, fill: "#ffffff", stroke: ink }), svg("circle", { cx: 18, cy: 9, r: 5, fill: "#c9d3dd", stroke: ink })),
      words.markOtherRole,
    ]);
  }
  return h(
    "section",
    { class: "group", "aria-labelledby": "marks" },
    h("h3", { id: "marks" }, words.marks),
    h("ul", { class: "legend" }, ...rows.map(([mark, text]) => h("li", {}, mark, h("span", {}, text)))),
  );
}
