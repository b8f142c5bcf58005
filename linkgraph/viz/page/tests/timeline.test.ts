import assert from "node:assert/strict";
import { test } from "node:test";
import type { Observation } from "../src/backend";
import { hours } from "../src/hours";
import { UTC, type Zone } from "../src/time";
import { extent, lanes, marks, moved, ticks, zoomed } from "../src/timelinechart";

const utc = (text: string): number => Date.parse(`${text.replace(" ", "T")}Z`) / 1000;
const LONDON: Zone = { kind: "named", name: "Europe/London" };

const row = (first: number, more: Partial<Observation> = {}): Observation => ({
  first, last: first, offset: null, linkKind: 0, outgoing: true, other: "", otherEntity: -1, source: 0, row: 1, ...more,
});

test("a kind with a direction has two lanes, another has one", () => {
  const rows = [row(1), row(2, { outgoing: false }), row(3, { linkKind: 1, outgoing: false }), row(4, { linkKind: 1 })];
  const found = lanes(rows, (kind) => kind === 1);
  assert.deepEqual(found.map((lane) => [lane.linkKind, lane.outgoing, lane.rows.length]), [[0, null, 2], [1, true, 1], [1, false, 1]]);
});

test("few rows are marks, many are counts, and no row in view is lost", () => {
  const rows = Array.from({ length: 5000 }, (_, index) => row(index, { linkKind: index % 3 }));
  const all = lanes(rows, () => false);
  const few = marks(all, [0, 99]);
  assert.ok(!few.binned);
  assert.equal(few.rows.flat().length, 100);
  const many = marks(all, [0, 4999]);
  assert.ok(many.binned);
  assert.equal(many.counts.flat().reduce((sum, count) => sum + count, 0), 5000);
  assert.ok(many.counts.flat().length <= 800);
  assert.equal(many.most, Math.max(...many.counts.flat()));
});

test("an interval that began before the view counts at its start", () => {
  const rows = Array.from({ length: 5 }, () => row(0, { last: 100 }));
  const found = marks(lanes(rows, () => false), [50, 149], 4);
  assert.ok(found.binned);
  assert.deepEqual(found.counts, [[5, 0, 0, 0]]);
});

test("a view is zoomed and moved within the whole", () => {
  assert.deepEqual(zoomed([0, 1000], [0, 1000], 0.5), [250, 750]);
  assert.deepEqual(zoomed([0, 1000], [0, 1000], 0.5, 0), [0, 500]);
  assert.deepEqual(zoomed([250, 750], [0, 1000], 4), [0, 1000]);
  assert.deepEqual(zoomed([500, 560], [0, 1000], 0.5), [500, 560]);
  assert.deepEqual(moved([250, 750], [0, 1000], 0.25), [375, 875]);
  assert.deepEqual(moved([250, 750], [0, 1000], -9), [0, 500]);
  assert.deepEqual(extent([row(100)]), [-1700, 1900]);
});

test("ticks stand at round times of the zone's clocks", () => {
  const summer = [utc("2026-07-01 00:00:00"), utc("2026-07-04 00:00:00")] as const;
  assert.deepEqual(ticks(UTC, null, summer, 4).map((tick) => tick.text), ["2026-07-01", "2026-07-02", "2026-07-03", "2026-07-04"]);
  const local = ticks(LONDON, null, summer, 4);
  assert.deepEqual(local.map((tick) => tick.at), ["2026-07-01 23:00:00", "2026-07-02 23:00:00", "2026-07-03 23:00:00"].map(utc));
});

test("ticks over the change of clocks in London", () => {
  const forward = ticks(LONDON, null, [utc("2026-03-28 23:00:00"), utc("2026-03-29 04:00:00")], 6);
  assert.deepEqual(forward.map((tick) => tick.text), ["03-28 23:00", "03-29 00:00", "03-29 02:00", "03-29 03:00", "03-29 04:00", "03-29 05:00"]);
  const back = ticks(LONDON, null, [utc("2026-10-24 22:00:00"), utc("2026-10-26 02:00:00")], 3);
  assert.deepEqual(back.map((tick) => [tick.text, tick.at]), [["10-25 00:00", utc("2026-10-24 23:00:00")], ["10-25 12:00", utc("2026-10-25 12:00:00")], ["10-26 00:00", utc("2026-10-26 00:00:00")]]);
});

test("ticks of years are no more than asked for; of an unknown zone there are none", () => {
  const found = ticks(UTC, null, [utc("2009-05-01 00:00:00"), utc("2026-05-01 00:00:00")], 5);
  assert.deepEqual(found.map((tick) => tick.text), ["2010-01-01", "2015-01-01", "2020-01-01", "2025-01-01"]);
  assert.deepEqual(ticks({ kind: "stated" }, null, [0, 1000], 5), []);
});

test("hours and weekdays are those of the zone's clocks", () => {
  // 2026-03-29 was a Sunday.
  const rows = [row(utc("2026-03-29 00:30:00"), { offset: 7200 }), row(utc("2026-03-29 01:30:00")), row(utc("2026-03-28 23:10:00"), { offset: 7200 })];
  const london = hours(rows, LONDON);
  assert.equal(london.counts[6][0], 1);
  assert.equal(london.counts[6][2], 1);
  assert.equal(london.counts[5][23], 1);
  assert.equal(london.left, 0);
  const stated = hours(rows, { kind: "stated" });
  assert.equal(stated.left, 1);
  assert.equal(stated.counts[6][2], 1);
  assert.equal(stated.counts[6][1], 1);
});

test("ticks of weeks stand on Mondays", () => {
  const found = ticks(UTC, null, [utc("2026-02-28 10:00:00"), utc("2026-03-29 10:00:00")], 5);
  assert.deepEqual(found.map((tick) => tick.text), ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23"]);
});
