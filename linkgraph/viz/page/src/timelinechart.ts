/** Observations on an axis of time: lanes, marks or counts, ticks, and the drawing made of them. */

import type { Observation } from "./backend";
import { svg } from "./dom";
import type { Window } from "./playing";
import { momentOf, offsetIn, type Zone } from "./time";

/** More marks than this are counted in spans instead. */
const MARKS = 800;
const SPANS = 120;
const SHORTEST = 60;

export interface Lane {
  readonly linkKind: number;
  /** Null where the kind of link has no direction. */
  readonly outgoing: boolean | null;
  readonly rows: readonly Observation[];
}

/** One lane for each kind of link, two where it has a direction. */
export function lanes(rows: readonly Observation[], directed: (linkKind: number) => boolean): Lane[] {
  const found = new Map<string, Lane & { rows: Observation[] }>();
  for (const row of rows) {
    const outgoing = directed(row.linkKind) ? row.outgoing : null;
    const key = `${row.linkKind} ${outgoing}`;
    const lane = found.get(key) ?? { linkKind: row.linkKind, outgoing, rows: [] };
    lane.rows.push(row);
    found.set(key, lane);
  }
  return [...found.values()].sort((a, b) => a.linkKind - b.linkKind || Number(b.outgoing) - Number(a.outgoing));
}

export function inView(row: Observation, [from, to]: Window): boolean {
  return row.last >= from && row.first <= to;
}

export type Marks =
  | { readonly binned: false; readonly rows: readonly (readonly Observation[])[] }
  /** Counts by lane and span; a row counts where it begins, or where the view does. */
  | { readonly binned: true; readonly counts: readonly (readonly number[])[]; readonly width: number; readonly most: number };

/** What is drawn of each lane in a view: its rows, or where they are too many, counts in spans. */
export function marks(all: readonly Lane[], view: Window, most: number = MARKS): Marks {
  const rows = all.map((lane) => lane.rows.filter((row) => inView(row, view)));
  if (rows.reduce((sum, lane) => sum + lane.length, 0) <= most) return { binned: false, rows };
  const spans = Math.max(1, Math.min(SPANS, Math.floor(most / all.length)));
  const width = (view[1] - view[0] + 1) / spans;
  const counts = rows.map((lane) => {
    const found = new Array<number>(spans).fill(0);
    for (const row of lane) found[Math.max(0, Math.min(spans - 1, Math.floor((row.first - view[0]) / width)))]++;
    return found;
  });
  return { binned: true, counts, width, most: Math.max(...counts.flat()) };
}

/** All times of some rows, with room at both ends. */
export function extent(rows: readonly Observation[]): Window {
  let [from, to] = [Infinity, -Infinity];
  for (const row of rows) {
    from = Math.min(from, row.first);
    to = Math.max(to, row.last);
  }
  const room = Math.max(1800, Math.round((to - from) / 50));
  return [from - room, to + room];
}

/** A view so many times as wide, around a share of it that stays in place, within the whole. */
export function zoomed(view: Window, whole: Window, factor: number, share = 0.5): Window {
  const width = view[1] - view[0];
  const wanted = Math.round(Math.min(Math.max(width * factor, SHORTEST), whole[1] - whole[0]));
  return within(view[0] + (width - wanted) * share, wanted, whole);
}

/** A view moved by a share of its width, within the whole. */
export function moved(view: Window, whole: Window, share: number): Window {
  const width = view[1] - view[0];
  return within(view[0] + width * share, width, whole);
}

function within(from: number, width: number, whole: Window): Window {
  const start = Math.round(Math.max(whole[0], Math.min(from, whole[1] - width)));
  return [start, start + width];
}

export interface Tick {
  readonly at: number;
  readonly text: string;
}

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];
const SECONDS = [1, 5, 15, 30, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY];
const MONTHS = [1, 3, 6, 12, 24, 60, 120, 240];

/** Round times of a zone's clocks in a view, no more than asked for; none where the zone's offset is not known. */
export function ticks(zone: Zone, stated: number | null, view: Window, most: number): Tick[] {
  const wall = view.map((time) => time + (offsetIn(zone, time, stated) ?? NaN));
  if (wall.some(Number.isNaN)) return [];
  const [low, high] = wall;
  const walls: number[] = [];
  const seconds = SECONDS.find((step) => (high - low) / step <= most);
  if (seconds) {
    // Weeks begin on Mondays: 1970-01-05 was one.
    const anchor = seconds % (7 * DAY) ? 0 : 4 * DAY;
    for (let time = Math.ceil((low - anchor) / seconds) * seconds + anchor; time <= high; time += seconds) walls.push(time);
  } else {
    const month = (time: number): number => new Date(time * 1000).getUTCFullYear() * 12 + new Date(time * 1000).getUTCMonth();
    const months = MONTHS.find((step) => (month(high) - month(low)) / step <= most) ?? MONTHS[MONTHS.length - 1];
    for (let time = Math.ceil(month(low) / months) * months; time <= month(high); time += months) walls.push(Date.UTC(Math.floor(time / 12), time % 12, 1) / 1000);
  }
  return walls.flatMap((time) => {
    const at = momentOf(zone, time, stated);
    if (at === null || at < view[0] || at > view[1]) return [];
    const text = new Date(time * 1000).toISOString();
    return [{ at, text: !seconds || seconds >= DAY ? text.slice(0, 10) : seconds >= MINUTE ? text.slice(5, 16).replace("T", " ") : text.slice(11, 19) }];
  });
}

export interface Axis {
  readonly name: string;
  readonly ticks: readonly Tick[];
}

export interface Chart {
  readonly lanes: readonly Lane[];
  readonly names: readonly string[];
  readonly view: Window;
  readonly axes: readonly Axis[];
  /** The range of the time filter. */
  readonly range: Window | null;
  readonly width: number;
  readonly label: string;
  /** What is said of a mark, and of a count in the span that begins at a time. */
  readonly tell: (row: Observation) => string;
  readonly tellCount: (count: number, from: number, to: number) => string;
}

const [LEFT, RIGHT, LANE, AXIS] = [168, 14, 28, 22];

/** The first pixel and the last of the time in a drawing of some width. */
export const inside = (width: number): readonly [number, number] => [LEFT, width - RIGHT];

export function draw(chart: Chart): Element {
  const { view, width } = chart;
  const [low, high] = inside(width);
  const at = (time: number): number => Math.round((low + ((high - low) * Math.min(Math.max(time - view[0], 0), view[1] - view[0])) / (view[1] - view[0])) * 10) / 10;
  const bottom = AXIS + chart.lanes.length * LANE;
  const height = bottom + (chart.axes.length > 1 ? AXIS : 4);
  const parts: Element[] = [];
  if (chart.range && chart.range[1] >= view[0] && chart.range[0] <= view[1]) {
    const [a, b] = chart.range.map(at);
    parts.push(svg("rect", { class: "range", x: a, y: AXIS, width: Math.max(1, b - a), height: bottom - AXIS }));
  }
  chart.axes.forEach((axis, index) => {
    const base = index ? bottom + 15 : 15;
    parts.push(svg("text", { class: "axis-name", x: 0, y: base }, text(axis.name)));
    for (const tick of axis.ticks) {
      const x = at(tick.at);
      if (!index) parts.push(svg("line", { class: "grid", x1: x, x2: x, y1: AXIS, y2: bottom }));
      else parts.push(svg("line", { class: "grid", x1: x, x2: x, y1: bottom - 4, y2: bottom + 3 }));
      parts.push(svg("text", { class: "tick", x, y: base, "text-anchor": x < low + 30 ? "start" : x > high - 30 ? "end" : "middle" }, text(tick.text)));
    }
  });
  const drawn = marks(chart.lanes, view);
  chart.lanes.forEach((_, index) => {
    const top = AXIS + index * LANE;
    const middle = top + LANE / 2;
    parts.push(
      svg("text", { class: "lane", x: 0, y: middle + 4 }, text(chart.names[index])),
      svg("line", { class: "grid", x1: low, x2: high, y1: top + LANE, y2: top + LANE }),
    );
    if (drawn.binned) {
      drawn.counts[index].forEach((count, span) => {
        if (!count) return;
        const [from, to] = [view[0] + span * drawn.width, view[0] + (span + 1) * drawn.width];
        const tall = 2 + ((LANE - 5) * count) / drawn.most;
        parts.push(svg("rect", { class: "mark", x: at(from), y: top + LANE - tall, width: Math.max(1, at(to) - at(from) - 1), height: tall }, title(chart.tellCount(count, from, to))));
      });
      return;
    }
    for (const row of drawn.rows[index]) {
      const point = row.last === row.first;
      const [a, b] = [at(row.first), at(row.last)];
      const mark = point ? { cx: a, cy: middle, r: 4 } : { x: a, y: middle - 6, width: Math.max(3, b - a), height: 12, rx: 2 };
      parts.push(svg(point ? "circle" : "rect", { class: "mark", ...mark }, title(chart.tell(row))));
    }
  });
  return svg("svg", { class: "timeline-drawing", role: "img", "aria-label": chart.label, width, height, viewBox: `0 0 ${width} ${height}` }, ...parts);
}

const text = (words: string): Text => document.createTextNode(words);
const title = (words: string): Element => svg("title", {}, text(words));
