/** How a drawing that leaves the page looks: in colours on white, or in black and white for print. */

import { BORDER, lineSymbol, nodeSymbol, type NodeSymbol } from "./symbols";

export interface LineLook {
  readonly stroke: string;
  readonly width: number;
  readonly dashes?: readonly number[];
  readonly arrow: "none" | "filled" | "open";
  /** Two lines side by side. */
  readonly double?: true;
}

export interface Look {
  readonly paper: string;
  readonly ink: string;
  readonly quiet: string;
  /** What crosses a border, and a path that was asked for. */
  readonly border: string;
  /** Inside an open community, and every second part of a ring in print. */
  readonly ground: string;
  readonly shade: string;
  /** Numbers instead of colours: kinds are told by their numbers in the legend. */
  readonly numbered: boolean;
  node(kind: string): NodeSymbol;
  line(kind: string): LineLook;
}

export const COLOURED: Look = {
  paper: "#ffffff",
  ink: "#1c2733",
  quiet: "#55626f",
  border: BORDER,
  ground: "#f3f6f9",
  shade: "#d5dce3",
  numbered: false,
  node: nodeSymbol,
  line: (kind) => {
    const { colour, width, dashes, arrow } = lineSymbol(kind);
    return { stroke: colour, width, arrow: arrow ? "filled" : "none", ...(dashes ? { dashes } : {}) };
  },
};

const black = "#000000";

/** Kinds of links that differ by colour on the screen differ by dashes, arrows and width here. */
const LINES: Readonly<Record<string, Omit<LineLook, "stroke">>> = {
  USED_IP: { width: 1, arrow: "none" },
  VISITED: { width: 1.6, dashes: [1.6, 3], arrow: "none" },
  SHARED_FILE: { width: 1.4, dashes: [8, 4], arrow: "none" },
  SAME_FILE: { width: 4.5, double: true, arrow: "none" },
  SIMILAR_FILE: { width: 3, dashes: [3, 7], arrow: "none" },
  PAID: { width: 2.6, arrow: "filled" },
  HOLDS: { width: 1.2, dashes: [10, 3, 2, 3], arrow: "none" },
  CONTACTED: { width: 1, arrow: "open" },
  LINKED: { width: 1.2, dashes: [18, 4], arrow: "none" },
};

export const BLACK: Look = {
  paper: "#ffffff",
  ink: black,
  quiet: "#444444",
  border: black,
  ground: "#f4f4f4",
  shade: "#d0d0d0",
  numbered: true,
  node: (kind) => ({ ...nodeSymbol(kind), colour: "#ffffff" }),
  line: (kind) => ({ stroke: black, ...(LINES[kind] ?? { width: 1.2, dashes: [5, 5, 1, 5], arrow: "none" }) }),
};
