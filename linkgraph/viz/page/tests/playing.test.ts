import assert from "node:assert/strict";
import { test } from "node:test";
import { counted } from "../src/histogram";
import { asWideAs, DAYS, step, steps, tenths, WEEKS, windowAt, type Range, type Width, type Window } from "../src/playing";
import { track } from "../src/timeslider";

const utc = (text: string): number => Date.parse(`${text.replace(" ", "T")}Z`) / 1000;
const day = (text: string): number => utc(`${text} 00:00:00`);
const WHOLE: Window = [utc("2026-01-14 09:30:00"), utc("2026-03-02 18:00:00")];
const NONE: Range = { from: null, to: null };

function played(width: Width, cumulative = false, forward = true): Range[] {
  const found: Range[] = [];
  for (let range: Range | null = step(width, WHOLE, NONE, forward, cumulative); range; range = step(width, WHOLE, range, forward, cumulative)) found.push(range);
  return found;
}

test("windows begin where the calendar's do", () => {
  assert.deepEqual(windowAt(DAYS, utc("2026-01-14 09:30:00")), [day("2026-01-14"), day("2026-01-15") - 1]);
  // A Wednesday: its ISO week begins on Monday the 12th.
  assert.deepEqual(windowAt(WEEKS, utc("2026-01-14 09:30:00")), [day("2026-01-12"), day("2026-01-19") - 1]);
  assert.deepEqual(windowAt("month", utc("2026-02-28 23:59:59")), [day("2026-02-01"), day("2026-03-01") - 1]);
  assert.deepEqual(windowAt("month", utc("2025-12-31 12:00:00")), [day("2025-12-01"), day("2026-01-01") - 1]);
  assert.deepEqual(windowAt(DAYS, -1), [-86_400, -1]);
});

for (const [name, width] of Object.entries({ days: DAYS, weeks: WEEKS, months: "month", tenths: tenths(WHOLE) } as const)) {
  test(`playing by ${name} leaves no second out, and none twice`, () => {
    const all = played(width);
    assert.equal(all.length, steps(width, WHOLE));
    assert.ok((all[0].from ?? NaN) <= WHOLE[0] && (all[all.length - 1].to ?? NaN) >= WHOLE[1]);
    all.slice(1).forEach((range, index) => assert.equal(range.from, (all[index].to ?? NaN) + 1));
    assert.deepEqual(played(width, false, false), [...all].reverse());
  });
}

test("cumulative ranges grow from the start", () => {
  const all = played("month", true);
  assert.deepEqual(all, [day("2026-02-01") - 1, day("2026-03-01") - 1, day("2026-04-01") - 1].map((to) => ({ from: null, to })));
});

test("a range that is no window becomes the one it begins in", () => {
  const range = { from: utc("2026-02-10 11:00:00"), to: utc("2026-02-12 11:00:00") };
  assert.deepEqual(step(DAYS, WHOLE, range, true, false), { from: day("2026-02-10"), to: day("2026-02-11") - 1 });
  assert.deepEqual(step(DAYS, WHOLE, range, true, true), { from: null, to: day("2026-02-13") - 1 });
});

test("the range itself as a window", () => {
  const range = { from: day("2026-02-10"), to: day("2026-02-13") - 1 };
  const width = asWideAs(WHOLE, range);
  const on = step(width, WHOLE, range, true, false);
  assert.deepEqual(on, { from: day("2026-02-13"), to: day("2026-02-16") - 1 });
  assert.deepEqual(step(width, WHOLE, on ?? NONE, false, false), range);
});

test("no times at all make one window", () => {
  const moment: Window = [day("2026-01-01"), day("2026-01-01")];
  assert.equal(steps(tenths(moment), moment), 1);
  assert.equal(step(tenths(moment), moment, { from: moment[0], to: moment[0] }, true, false), null);
});

test("links count in the spans of their first and last sighting, once if it is one", () => {
  const found = counted([0, 0, null, 99, 50], [0, 99, null, 99, 50], [1, 1, 1, 1, 0], [0, 99], 10);
  assert.deepEqual(found, { from: 0, width: 10, counts: [2, 0, 0, 0, 0, 0, 0, 0, 0, 2] });
});

test("thumbs stand at round minutes, and every step of theirs is another time", () => {
  const { min, max, step: by, unit } = track([WHOLE[0] + 7, WHOLE[1] + 13]);
  assert.deepEqual([min % 60, by % 60, unit], [0, 0, 60]);
  assert.ok(min <= WHOLE[0] + 7 && max >= WHOLE[1] + 13);
  assert.equal((max - min) % by, 0);
  assert.deepEqual(track([100, 130]), { min: 100, max: 130, step: 1, unit: 1 });
  assert.deepEqual(track([100, 100]), { min: 100, max: 100, step: 1, unit: 1 });
});
