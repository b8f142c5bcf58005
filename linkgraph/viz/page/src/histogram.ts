/** Links over time, counted in spans of equal width. */

import type { Case } from "./data";
import { noEdits, passing, unfiltered, type State } from "./state";

/** Spans where the page brings no histogram of its own. */
const SPANS = 80;

export interface Histogram {
  readonly from: number;
  /** Seconds. */
  readonly width: number;
  readonly counts: readonly number[];
}

/**
 * Links over time that pass all filters but that of time.
 *
 * Where nothing filters this is the whole graph's; else a carried link counts in the spans of its first and its last sighting.
 */
export function histogram(model: Case, { filters, edits }: Pick<State, "filters" | "edits">): { readonly bars: Histogram; readonly whole: boolean } | null {
  if (!model.time) return null;
  const others = { ...filters, from: null, to: null };
  if (model.histogram && unfiltered(others) && !edits.hidden.size) return { bars: model.histogram, whole: true };
  const [start, end] = model.time;
  const { links } = passing(model, { filters: others, edits: { ...noEdits(), hidden: edits.hidden } });
  return { bars: counted(model.links.first, model.links.last, links, [start, end], model.histogram?.counts.length ?? SPANS), whole: false };
}

export function counted(
  first: readonly (number | null)[],
  last: readonly (number | null)[],
  passes: ArrayLike<number>,
  [start, end]: readonly [number, number],
  spans: number,
): Histogram {
  const width = Math.max(1, Math.ceil((end - start + 1) / spans));
  const counts = new Array<number>(Math.ceil((end - start + 1) / width)).fill(0);
  const span = (time: number | null): number => (time === null ? -1 : Math.min(counts.length - 1, Math.max(0, Math.floor((time - start) / width))));
  for (let link = 0; link < first.length; link++) {
    if (!passes[link]) continue;
    const [a, b] = [span(first[link]), span(last[link])];
    if (a >= 0) counts[a]++;
    if (b >= 0 && b !== a) counts[b]++;
  }
  return { from: start, width, counts };
}
