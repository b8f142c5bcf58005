/** Windows of time that follow each other: what is shown one after the other when time is played. */

const DAY = 86_400;
/** 1970-01-05 was a Monday. */
const MONDAY = 4 * DAY;

/** How wide windows are: calendar months of UTC, or so many seconds with one window beginning at the anchor. */
export type Width = "month" | { readonly seconds: number; readonly anchor: number };

/** Seconds since 1970 UTC, both ends included. */
export type Window = readonly [from: number, to: number];

export interface Range {
  readonly from: number | null;
  readonly to: number | null;
}

export const DAYS: Width = { seconds: DAY, anchor: 0 };
/** ISO weeks, from Monday. */
export const WEEKS: Width = { seconds: 7 * DAY, anchor: MONDAY };

/** Ten windows for the whole of it, or a few less: of whole minutes where that matters little. */
export function tenths([start, end]: Window): Width {
  const unit = end - start >= 60_000 ? 60 : 1;
  const anchor = Math.floor(start / unit) * unit;
  return { seconds: Math.ceil((end - anchor + 1) / (10 * unit)) * unit, anchor };
}

/** Windows as wide as a range, one of them the range itself. */
export function asWideAs([start, end]: Window, range: Range): Width {
  const from = range.from ?? start;
  return { seconds: Math.max(1, (range.to ?? end) - from + 1), anchor: from };
}

/** The window around a moment. */
export function windowAt(width: Width, seconds: number): Window {
  if (width === "month") {
    const day = new Date(seconds * 1000);
    const month = (more: number): number => Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + more, 1) / 1000;
    return [month(0), month(1) - 1];
  }
  const from = width.anchor + Math.floor((seconds - width.anchor) / width.seconds) * width.seconds;
  return [from, from + width.seconds - 1];
}

/**
 * The range after this one, or before it; null where there are no more times.
 *
 * A range that is no window becomes the window that it begins in. Cumulative ranges have no beginning and end with a window.
 */
export function step(width: Width, [start, end]: Window, range: Range, forward: boolean, cumulative: boolean): Range | null {
  const found = next(width, [start, end], range, forward, cumulative);
  if (found[0] > end || found[1] < start) return null;
  return { from: cumulative ? null : found[0], to: found[1] };
}

function next(width: Width, [start, end]: Window, range: Range, forward: boolean, cumulative: boolean): Window {
  if (range.from === null && range.to === null) return windowAt(width, forward ? start : end);
  const now = windowAt(width, cumulative ? (range.to ?? end) : (range.from ?? start));
  const exact = range.to === now[1] && range.from === (cumulative ? null : now[0]);
  if (!exact) return now;
  return windowAt(width, forward ? now[1] + 1 : now[0] - 1);
}

/** How many windows there are from start to end. */
export function steps(width: Width, [start, end]: Window): number {
  if (width !== "month") return Math.floor((windowAt(width, end)[0] - windowAt(width, start)[0]) / width.seconds) + 1;
  const [a, b] = [new Date(start * 1000), new Date(end * 1000)];
  return (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth() + 1;
}
