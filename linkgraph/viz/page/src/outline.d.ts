/** Outline of the world's countries; outline.mjs makes the module when the page is built. */

export interface Outline {
  /** Size of the drawing that all coordinates are of; y points downwards. */
  readonly width: number;
  readonly height: number;
  /** ISO 3166-1 alpha-2 code, "" where there is none, and SVG path data. */
  readonly shapes: readonly (readonly [code: string, path: string])[];
  /** A point in every country and territory of ISO 3166-1, in its largest part. */
  readonly places: Readonly<Record<string, readonly [x: number, y: number]>>;
}

export const outline: Outline;
