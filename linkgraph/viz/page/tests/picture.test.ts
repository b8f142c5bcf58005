import assert from "node:assert/strict";
import { test } from "node:test";
import type { Overview } from "../src/backend";
import type { Case } from "../src/data";
import { group } from "../src/edits";
import { picture, type Picture } from "../src/picture";
import { initialState, passing, type State } from "../src/state";
import { twoRings } from "./made";

/** What a backend says of a case that is carried whole. */
function overview(model: Case, state: State): Overview {
  const passes = passing(model, state);
  const sizes = model.communities.map((_, index) => model.members[index].filter((entity) => passes.entities[entity]).length);
  const between = Array.from(passes.links.keys()).filter((link) => passes.links[link] && model.entities.community[model.links.source[link]] !== model.entities.community[model.links.target[link]]);
  const bundles = between.length ? [{ a: 0, b: 1, links: between.length, crossing: true }] : [];
  return { sizes, entities: passes.entityCount, links: passes.linkCount, bundles, bundlesCut: 0, ofAll: true };
}

function drawn(model: Case, state: State): Picture {
  return picture(model, passing(model, state), overview(model, state), state);
}

test("what fits is drawn whole", () => {
  const now = drawn(twoRings(), initialState());
  assert.equal(now.whole, true);
  assert.equal(now.entities.length, 10);
  assert.equal(now.links.length, 12);
});

test("what does not fit begins with communities and the line between them", () => {
  const now = drawn(twoRings(20), initialState());
  assert.deepEqual(now.closed, [[0, 5], [1, 5]]);
  assert.deepEqual(now.bundles, [{ a: "c0", b: "c1", links: 2, crossing: true }]);
  assert.equal(now.entities.length, 0);
});

test("an open community shows its members, and a line from each to the closed one", () => {
  const state = { ...initialState(), open: [0] };
  const now = drawn(twoRings(21), state);
  assert.deepEqual(now.entities, [0, 1, 2, 3, 4]);
  assert.equal(now.links.length, 5);
  assert.deepEqual(now.closed, [[1, 5]]);
  assert.deepEqual(now.bundles.map(({ a, b, links }) => [a, b, links]), [["c1", "e0", 1], ["c1", "e1", 1]]);
});

test("an entity asked for is drawn though its community is closed, and its links leave the line", () => {
  const now = drawn(twoRings(21), { ...initialState(), wanted: new Set([0]) });
  assert.deepEqual(now.entities, [0]);
  assert.deepEqual(now.bundles.map(({ a, b, links }) => [a, b, links]), [["c0", "c1", 1], ["c1", "e0", 1]]);
});

test("a group is drawn as one, its links added up", () => {
  const [model, state] = [twoRings(), initialState()];
  group(model, state, [0, 1], "pair");
  const now = drawn(model, state);
  assert.deepEqual(now.groups, [{ index: 0, members: [0, 1] }]);
  assert.equal(now.entities.length, 8);
  assert.deepEqual(now.bundles.map(({ a, b, links }) => [a, b, links]).sort(), [["e2", "g0", 1], ["e4", "g0", 1], ["e5", "g0", 1], ["e6", "g0", 1]]);
  assert.equal(now.links.length, 12 - 5);
});

test("what is hidden is not drawn", () => {
  const [model, state] = [twoRings(), initialState()];
  state.edits.hidden.add("id0");
  const now = drawn(model, state);
  assert.equal(now.entities.length, 9);
  assert.equal(now.links.length, 9);
});

test("never more than the limit", () => {
  for (let limit = 8; limit < 30; limit++) {
    const now = drawn(twoRings(limit), { ...initialState(), open: [0, 1], wanted: new Set([3, 7]) });
    const things = now.entities.length + now.links.length + now.closed.length + now.open.length + now.bundles.length;
    assert.ok(things <= limit, `${things} things at a limit of ${limit}`);
  }
});
