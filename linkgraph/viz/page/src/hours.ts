/** When in the day and week: counts of rows by the hour and weekday of a zone's clocks. */

import type { Observation } from "./backend";
import { h } from "./dom";
import * as texts from "./texts";
import { offsetIn, type Zone } from "./time";

const SHADES = 5;

export interface Hours {
  /** By weekday from Monday, then by hour. */
  readonly counts: readonly (readonly number[])[];
  /** Rows whose offset nobody knows. */
  readonly left: number;
}

/** Count when rows begin. */
export function hours(rows: readonly Observation[], zone: Zone): Hours {
  const counts = Array.from({ length: 7 }, () => new Array<number>(24).fill(0));
  let left = 0;
  for (const row of rows) {
    const offset = offsetIn(zone, row.first, row.offset);
    if (offset === null) {
      left++;
      continue;
    }
    const wall = new Date((row.first + offset) * 1000);
    counts[(wall.getUTCDay() + 6) % 7][wall.getUTCHours()]++;
  }
  return { counts, left };
}

export function hoursTable({ counts }: Hours, caption: string): HTMLElement {
  const { weekdays } = texts.time.words;
  const most = Math.max(1, ...counts.flat());
  const hour = (index: number): string => String(index).padStart(2, "0");
  return h(
    "table",
    { class: "hours", id: "timeline-hours" },
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, h("td", {}), ...counts[0].map((_, index) => h("th", { scope: "col" }, hour(index))))),
    h(
      "tbody",
      {},
      ...counts.map((row, day) =>
        h("tr", {}, h("th", { scope: "row" }, weekdays[day]), ...row.map((count) => h("td", { class: `shade-${Math.ceil((SHADES * count) / most)}` }, texts.n(count)))),
      ),
    ),
  );
}
