/** Counting by country, what of the world is seen, and where lines and words go. */

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Case, Model } from "../src/data";
import { classOf, counted, keep, kept, linksBetween, pairOf, shadingClasses } from "../src/map_counts";
import { around, curve, extent, inside, nearest, room, thickness, zoomed } from "../src/map_shapes";
import { byColumn } from "../src/map_tables";
import { initialState, passing } from "../src/state";
import { made } from "./made";

/** Entities of DE, GB and US by `countries` (-1: none known), links as pairs of them; a later link is seen more often. */
function small(countries: readonly number[], pairs: readonly (readonly [number, number])[], whole?: Partial<Model>): Case {
  const model = made({ entities: countries.length, links: pairs, country: countries });
  return { ...model, countries: ["DE", "GB", "US"], links: { ...model.links, count: pairs.map((_, index) => index + 1) }, ...whole };
}

const COUNTRIES = [0, 0, 1, 2, -1];
const PAIRS = [[0, 2], [2, 1], [0, 1], [3, 0], [4, 0]] as const;

function counts(model: Case, change: (state: ReturnType<typeof initialState>) => void = () => undefined): ReturnType<typeof counted> {
  const state = initialState();
  change(state);
  return counted(model, state, passing(model, state));
}

test("entities and crossing links are counted by country, most first", () => {
  const found = counts(small(COUNTRIES, PAIRS));
  assert.deepEqual(found.countries, [
    { country: 0, entities: 2, crossing: 3 },
    { country: -1, entities: 1, crossing: 0 },
    { country: 1, entities: 1, crossing: 2 },
    { country: 2, entities: 1, crossing: 1 },
  ]);
  assert.deepEqual(found.flows, [{ a: 0, b: 1, links: 2 }, { a: 0, b: 2, links: 1 }]);
  assert.deepEqual([found.ofAll, found.filtered], [true, false]);
});

test("a country that is switched off keeps its numbers, another filter takes them away", () => {
  const model = small(COUNTRIES, PAIRS);
  assert.deepEqual(counts(model, ({ filters }) => keep(model, filters, [1])).flows, counts(model).flows);
  const hidden = counts(model, ({ edits }) => void edits.hidden.add("id2"));
  assert.deepEqual(hidden.flows, [{ a: 0, b: 2, links: 1 }]);
  assert.equal(hidden.filtered, true);
});

test("a page with a part of the graph counts the whole while nothing is filtered, and then what it carries", () => {
  const model = small(COUNTRIES, PAIRS, { totals: { entities: 100, links: 200 }, country_sizes: [50, 30, 15], flows: [[0, 1, 40], [1, 2, 60]] });
  const whole = counts(model, ({ filters }) => keep(model, filters, [0, 1], true));
  assert.deepEqual(whole.countries[0], { country: 0, entities: 50, crossing: 40 });
  assert.deepEqual(whole.countries.at(-1), { country: -1, entities: 5, crossing: 0 });
  assert.deepEqual(whole.flows[0], { a: 1, b: 2, links: 60 });
  assert.equal(whole.ofAll, true);
  const part = counts(model, ({ filters }) => (filters.fewest = 1));
  assert.deepEqual(part.countries[0], { country: 0, entities: 2, crossing: 3 });
  assert.deepEqual([part.ofAll, part.filtered], [false, true]);
});

test("countries are left on alone, in pairs, or all", () => {
  const model = small(COUNTRIES, PAIRS);
  const { filters } = initialState();
  assert.equal(kept(model, filters), null);
  keep(model, filters, [2]);
  assert.deepEqual(kept(model, filters), [2]);
  assert.equal(pairOf(model, filters), null);
  keep(model, filters, [0, 1], true);
  assert.deepEqual(pairOf(model, filters), [0, 1]);
  keep(model, filters, null);
  assert.deepEqual([kept(model, filters), filters.crossingOnly], [null, false]);
  filters.crossingOnly = true;
  keep(model, filters, [0]);
  assert.equal(filters.crossingOnly, true, "what was asked for elsewhere stays");
});

test("links between two countries, most seen first, in either direction", () => {
  const model = small(COUNTRIES, PAIRS);
  assert.deepEqual(linksBetween(model, passing(model, initialState()), [0, 1]), [1, 0]);
});

test("classes of shading grow with the logarithm", () => {
  const table: [number, number[]][] = [
    [0, []],
    [1, [1]],
    [3, [1, 2]],
    [100, [1, 5, 10, 20, 50]],
    [100_000, [1, 10, 100, 1000, 10_000]],
  ];
  for (const [largest, begins] of table) assert.deepEqual(shadingClasses(largest), begins, String(largest));
  assert.deepEqual([0, 1, 4, 5, 999].map((value) => classOf([1, 5, 10], value)), [-1, 0, 0, 1, 2]);
});

test("the room of a shape is read from its path", () => {
  assert.deepEqual(extent("M10 20l5 0-3 7zM100-4l1 1-2 2z"), { x: 10, y: -4, width: 91, height: 31 });
});

const WORLD = { x: 0, y: 0, width: 2000, height: 1000 };

test("what is seen fits its countries, is not too narrow, and stays on the world", () => {
  assert.deepEqual(around([], WORLD, 200), WORLD);
  const view = around([{ x: 500, y: 300, width: 100, height: 50 }, { x: 900, y: 400, width: 100, height: 100 }], WORLD, 200);
  assert.ok(view.x < 500 && view.x + view.width > 1000 && view.y < 300 && view.y + view.height > 500);
  assert.equal(around([{ x: 5, y: 5, width: 1, height: 1 }], WORLD, 200).width, 200);
  assert.deepEqual(inside({ x: 5000, y: -900, width: 100, height: 100 }, WORLD), { x: 1950, y: -50, width: 100, height: 100 });
});

test("zooming keeps the point under the pointer, between its ends", () => {
  const view = zoomed(WORLD, 2, [500, 250], WORLD, 60);
  assert.deepEqual(view, { x: 250, y: 125, width: 1000, height: 500 });
  assert.deepEqual(zoomed(WORLD, 0.5, [0, 0], WORLD, 60), WORLD);
  assert.equal(zoomed(WORLD, 1e9, [0, 0], WORLD, 60).width, 60);
});

test("a flow bends northwards whichever way it goes, and widens with its links", () => {
  assert.deepEqual(curve([0, 100], [100, 100]).middle, [50, 89]);
  assert.deepEqual(curve([100, 100], [0, 100]).middle, [50, 89]);
  assert.equal(curve([0, 100], [100, 100]).path, "M0 100Q50 78 100 100");
  assert.ok(thickness(1, 100) < thickness(50, 100) && thickness(100, 100) === 5);
});

test("words that do not fit move aside or are left out", () => {
  const label = (x: number, y: number) => ({ at: [x, y] as const, width: 40, height: 10 });
  const places = room([label(50, 50), label(52, 51), ...Array.from({ length: 6 }, () => label(50, 50)), label(-5, 50)], { x: 0, y: 0, width: 100, height: 100 });
  assert.deepEqual(places[0], [50, 50]);
  assert.notDeepEqual(places[1], [52, 51]);
  assert.equal(places.at(-2), null);
});

test("arrow keys find the nearest country in their direction", () => {
  const points = [[0, 0], [10, 1], [5, 40], [-3, 0]] as const;
  assert.deepEqual(([[1, 0], [-1, 0], [0, 1], [0, -1]] as const).map((direction) => nearest(points, 0, direction)), [1, 3, 2, -1]);
});

test("tables sort by name and by number", () => {
  const row = (name: string, value: number) => ({ key: name, name, pressed: false, off: "", numbers: [value] });
  const rows = [row("b", 1), row("a", 2), row("c", 2)];
  assert.deepEqual(byColumn(rows, 0, false).map(({ name }) => name), ["a", "b", "c"]);
  assert.deepEqual(byColumn(rows, 1, true).map(({ name }) => name), ["a", "c", "b"]);
});
