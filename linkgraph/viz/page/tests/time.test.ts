import assert from "node:assert/strict";
import { test } from "node:test";
import { momentOf, offsetIn, offsetOf, offsetText, readTime, timeText, UTC, wallText, type Zone } from "../src/time";

const utc = (text: string): number => Date.parse(`${text.replace(" ", "T")}Z`) / 1000;
const LONDON: Zone = { kind: "named", name: "Europe/London" };

test("clocks in London go forward on 2026-03-29 at 01:00 UTC", () => {
  assert.equal(offsetOf("Europe/London", utc("2026-03-29 00:59:59")), 0);
  assert.equal(offsetOf("Europe/London", utc("2026-03-29 01:00:00")), 3600);
  assert.equal(wallText(utc("2026-03-29 01:00:00"), 3600), "2026-03-29 02:00:00");
});

test("clocks in London go back on 2026-10-25 at 01:00 UTC", () => {
  assert.equal(offsetOf("Europe/London", utc("2026-10-25 00:59:59")), 3600);
  assert.equal(offsetOf("Europe/London", utc("2026-10-25 01:00:00")), 0);
  const both = ["2026-10-25 00:30:00", "2026-10-25 01:30:00"].map(utc);
  assert.deepEqual(both.map((time) => wallText(time, offsetOf("Europe/London", time) ?? NaN)), ["2026-10-25 01:30:00", "2026-10-25 01:30:00"]);
});

test("a wall time that is skipped is no moment, and one that comes twice is the earlier", () => {
  assert.equal(momentOf(LONDON, utc("2026-03-29 01:30:00")), null);
  assert.equal(momentOf(LONDON, utc("2026-03-29 02:00:00")), utc("2026-03-29 01:00:00"));
  assert.equal(momentOf(LONDON, utc("2026-10-25 01:30:00")), utc("2026-10-25 00:30:00"));
  assert.equal(momentOf(LONDON, utc("2026-10-25 02:00:00")), utc("2026-10-25 02:00:00"));
});

test("zones with odd offsets, and before 1970", () => {
  assert.equal(offsetOf("Asia/Kathmandu", utc("2026-01-01 00:00:00")), 20_700);
  assert.equal(offsetOf("America/St_Johns", utc("2026-01-01 00:07:00")), -12_600);
  assert.equal(offsetOf("Europe/Berlin", utc("1969-07-20 20:17:40")), 3600);
});

test("offsets are said", () => {
  const said = [0, 3600, -12_600, 20_700, -75, 50_400].map(offsetText);
  assert.deepEqual(said, ["UTC+00:00", "UTC+01:00", "UTC−03:30", "UTC+05:45", "UTC−00:01:15", "UTC+14:00"]);
});

test("nobody's offset is not guessed", () => {
  assert.equal(offsetIn({ kind: "stated" }, 0, null), null);
  assert.equal(offsetIn({ kind: "stated" }, 0, -18_000), -18_000);
  assert.equal(offsetIn({ kind: "named", name: "Nowhere/Land" }, 0, 3600), null);
  assert.equal(offsetIn(UTC, 0, 3600), 0);
  assert.equal(momentOf({ kind: "stated" }, 0), null);
});

test("times are read as UTC, a day as its first or last second", () => {
  assert.equal(readTime("2026-02-10", false), utc("2026-02-10 00:00:00"));
  assert.equal(readTime("2026-02-10", true), utc("2026-02-10 23:59:59"));
  assert.equal(readTime(" 2026-02-10 13:45 UTC ", true), utc("2026-02-10 13:45:59"));
  assert.equal(readTime("2026-02-30", false), null);
  assert.equal(readTime("10.02.2026", false), null);
  assert.equal(timeText(utc("2026-02-10 13:45:07")), "2026-02-10 13:45:07 UTC");
});
