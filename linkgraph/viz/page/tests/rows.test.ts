import assert from "node:assert/strict";
import { test } from "node:test";
import { picture, type Picture } from "../src/picture";
import { cellText, sorted, tables, type Table, type What } from "../src/rows";
import { caption, cuts, filtersInWords } from "../src/shown";
import { initialState, passing, type State } from "../src/state";
import type { Case } from "../src/data";
import { made, twoRings } from "./made";

function shown(model: Case, state: State = initialState()): { model: Case; state: State; picture: Picture; passes: ReturnType<typeof passing> } {
  const passes = passing(model, state);
  const sizes = model.communities.map((_, index) => model.members[index].filter((entity) => passes.entities[entity]).length);
  const bundles = model.communities.length > 1 ? [{ a: 0, b: 1, links: 2, crossing: true }] : [];
  const overview = { sizes, entities: passes.entityCount, links: passes.linkCount, bundles, bundlesCut: 0, ofAll: true };
  return { model, state, passes, picture: picture(model, passes, overview, state) };
}

function table(what: What, of: ReturnType<typeof shown>): Table {
  const found = tables(of).find((one) => one.what === what);
  assert.ok(found);
  return found;
}

function column(one: Table, head: string): (string | number | null)[] {
  const at = one.columns.findIndex((each) => each.head === head);
  assert.notEqual(at, -1, head);
  return one.rows.map((row) => row.cells[at]);
}

test("entities and links are those of the picture, in its order", () => {
  const now = shown(twoRings());
  assert.deepEqual(table("entities", now).rows.map((row) => row.thing?.index), now.picture.entities);
  assert.deepEqual(table("links", now).rows.map((row) => row.thing?.index), now.picture.links);
  assert.deepEqual(column(table("entities", now), "Links"), [3, 3, 2, 2, 2, 3, 3, 2, 2, 2]);
  assert.equal(column(table("links", now), "Evidence")[2], "logins.csv row 3");
  assert.deepEqual(column(table("links", now), "Across a border").slice(9), [null, "DE – GB", "DE – GB"]);
});

test("a large case is told by communities and lines", () => {
  const now = shown(twoRings(6));
  assert.equal(table("entities", now).rows.length, 0);
  assert.deepEqual(column(table("communities", now), "In the picture"), ["closed", "closed"]);
  assert.deepEqual(table("lines", now).rows.map((row) => row.cells), [["Community 1", "Community 2", 2, "some of them"]]);
});

test("a victim's name and value are in no table", () => {
  const model = made({ entities: 2, links: [[0, 1]] });
  model.entities.label[1] = "chatter:child";
  model.entities.value[1] = "child";
  model.entities.masked[1] = "victim 1a2b3c4d";
  const text = JSON.stringify(tables(shown(model)));
  assert.ok(text.includes("victim 1a2b3c4d"));
  assert.ok(!text.includes("child"));
});

test("a name is shown with what is unseen written out, the value as it is", () => {
  const model = made({ entities: 1, links: [] });
  model.entities.label[0] = "\u202egnp.exe";
  const entities = table("entities", shown(model));
  assert.deepEqual(column(entities, "Name"), ["⟨U+202E⟩gnp.exe"]);
  assert.deepEqual(column(entities, "Value"), ["\u202egnp.exe"]);
});

test("notes and groups have columns when there are any", () => {
  const state = initialState();
  state.edits.notes.set("id0", "ask the provider");
  state.edits.groups = [{ name: "ring", members: ["id1", "id2"] }];
  const entities = table("entities", shown(twoRings(), state));
  assert.equal(entities.rows.length, 10);
  assert.deepEqual(column(entities, "Group").filter(Boolean), ["ring", "ring"]);
  assert.deepEqual(column(entities, "Note").filter(Boolean), ["ask the provider"]);
  assert.ok(entities.rows.every((row) => row.cells.length === entities.columns.length));
});

test("rows are sorted by number, time and natural text, what is not known last", () => {
  const one: Table = {
    what: "entities",
    columns: [{ head: "a", form: "text" }, { head: "b", form: "count" }],
    rows: [["user10", 2], ["user9", null], ["user1", 10]].map((cells) => ({ thing: null, cells })),
  };
  const order = (at: number, down: boolean): unknown[] => sorted(one, at, down).map((row) => row.cells[at]);
  assert.deepEqual(order(0, false), ["user1", "user9", "user10"]);
  assert.deepEqual(order(0, true), ["user10", "user9", "user1"]);
  assert.deepEqual(order(1, false), [2, 10, null]);
  assert.deepEqual(order(1, true), [10, 2, null]);
});

test("times are in UTC, for readers and for programs", () => {
  assert.equal(cellText(1767225600, "time"), "2026-01-01 00:00:00 UTC");
  assert.equal(cellText(1767225600, "time", true), "2026-01-01T00:00:00Z");
  assert.equal(cellText(12345, "count"), "12,345");
  assert.equal(cellText(12345, "count", true), "12345");
  assert.equal(cellText(null, "time"), "");
});

test("filters and cuts are said in words", () => {
  const state = initialState();
  const model = twoRings();
  state.filters = { ...state.filters, kindsOff: new Set([1]), countriesOff: new Set([-1]), gradesOff: new Set([""]), fewest: 2, from: 1767225600, untimed: true, crossingOnly: true };
  assert.deepEqual(filtersInWords(model, state), [
    "Entities without IP addresses.",
    "Country without No country known.",
    "Worth without none stated.",
    "Entities with at least 2 links in the whole graph.",
    "Links seen from 2026-01-01 00:00:00 UTC, and those without a time.",
    "Only links across a border.",
  ]);
  const part = made({ entities: 2, links: [[0, 1]], totals: { entities: 900, links: 4000 } });
  assert.deepEqual(cuts(shown(part)), ["This page carries 2 of 900 entities and 1 of 4,000 links of the graph."]);
  const said = caption(shown(part), "e5".repeat(32));
  assert.deepEqual([said.case, said.marking], ["op-test", "TLP:AMBER"]);
  assert.match(said.lines[said.lines.length - 1], /graph d1d1d1d1d1d1d1d1… · page e5e5e5e5e5e5e5e5…/);
});
