/**
 * How kinds look: shapes and line styles, one table for the picture and its legend.
 *
 * Colours are those of Okabe and Ito (2008), which people with any colour vision tell apart; shapes and
 * dashes say the same again without colour.
 */

export interface NodeSymbol {
  readonly colour: string;
  /** Corners in a square from -1 to 1, y downwards; none for a circle. */
  readonly corners?: readonly (readonly [number, number])[];
}

export interface LineSymbol {
  readonly colour: string;
  /** Its colour on a dark ground. */
  readonly dark: string;
  readonly width: number;
  /** Lengths of strokes and gaps; none for a line without gaps. */
  readonly dashes?: readonly number[];
  readonly arrow: boolean;
}

const star = Array.from({ length: 10 }, (_, index): readonly [number, number] => {
  const [angle, reach] = [(index * Math.PI) / 5, index % 2 ? 0.45 : 1];
  return [reach * Math.sin(angle), -reach * Math.cos(angle)];
});

const NODES: Readonly<Record<string, NodeSymbol>> = {
  Account: { colour: "#0072B2" },
  IPAddress: { colour: "#E69F00", corners: [[0, -1], [1, 0], [0, 1], [-1, 0]] },
  PaymentAccount: { colour: "#009E73", corners: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]] },
  FileHash: { colour: "#CC79A7", corners: [[-0.5, -0.87], [0.5, -0.87], [1, 0], [0.5, 0.87], [-0.5, 0.87], [-1, 0]] },
  Resource: { colour: "#56B4E9", corners: [[0, -0.95], [1, 0.85], [-1, 0.85]] },
  Email: { colour: "#F0E442", corners: [[-1, -0.65], [1, -0.65], [1, 0.65], [-1, 0.65]] },
  Phone: { colour: "#D55E00", corners: [[-1, -0.85], [1, -0.85], [0, 0.95]] },
  Device: {
    colour: "#999999",
    corners: [
      [-0.4, -1], [0.4, -1], [0.4, -0.4], [1, -0.4], [1, 0.4], [0.4, 0.4],
      [0.4, 1], [-0.4, 1], [-0.4, 0.4], [-1, 0.4], [-1, -0.4], [-0.4, -0.4],
    ],
  },
  Person: { colour: "#000000", corners: star },
};

const LINES: Readonly<Record<string, LineSymbol>> = {
  USED_IP: { colour: "#66717D", dark: "#9AA5B1", width: 1.5, arrow: false },
  VISITED: { colour: "#66717D", dark: "#9AA5B1", width: 2, dashes: [2, 4], arrow: false },
  SHARED_FILE: { colour: "#A2477C", dark: "#E08DBB", width: 2, dashes: [8, 5], arrow: false },
  SAME_FILE: { colour: "#A2477C", dark: "#E08DBB", width: 2.5, arrow: false },
  SIMILAR_FILE: { colour: "#A2477C", dark: "#E08DBB", width: 1.5, dashes: [2, 5], arrow: false },
  PAID: { colour: "#00694D", dark: "#3DC9A0", width: 2.5, arrow: true },
  HOLDS: { colour: "#33404D", dark: "#C3CDD8", width: 1.5, dashes: [10, 4, 2, 4], arrow: false },
  CONTACTED: { colour: "#005B8E", dark: "#6BB8EE", width: 2, arrow: true },
  LINKED: { colour: "#7A5B00", dark: "#D9B13B", width: 1.5, dashes: [14, 5], arrow: false },
};

export const BORDER = "#B34700";
export const BORDER_DARK = "#FF9A4D";

export function nodeSymbol(kind: string): NodeSymbol {
  return NODES[kind] ?? { colour: "#999999" };
}

export function lineSymbol(kind: string): LineSymbol {
  return LINES[kind] ?? { colour: "#66717D", dark: "#9AA5B1", width: 1.5, dashes: [5, 5], arrow: false };
}
