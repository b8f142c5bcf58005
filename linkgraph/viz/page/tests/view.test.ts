import assert from "node:assert/strict";
import { test } from "node:test";
import { annotate, group, hide, pin } from "../src/edits";
import { History } from "../src/history";
import { initialState, unfiltered } from "../src/state";
import { read, saved } from "../src/view";
import { made, twoRings } from "./made";

const fault = { noView: "no view", otherCase: (name: string): string => `of ${name}` };

function edited() {
  const [model, state] = [twoRings(), initialState()];
  hide(model, state, [9]);
  pin(model, state, [2], () => ({ x: 7, y: -3 }));
  annotate(model, state, 3, " met twice ");
  group(model, state, [5, 6], "ring two");
  state.filters.kindsOff.add(1);
  state.filters.countriesOff.add(-1);
  state.filters.community = 1;
  state.filters.from = 1_700_000_000;
  state.open = [1];
  state.wanted.add(4);
  return { model, state };
}

test("a view that is saved and opened gives the same state", () => {
  const { model, state } = edited();
  const camera = { zoom: 1.5, pan: { x: 1, y: 2 } };
  const found = read(model, JSON.stringify(saved(model, state, camera)), fault);
  assert.deepEqual(found.filters, state.filters);
  assert.deepEqual(found.edits, state.edits);
  assert.deepEqual([found.open, found.wanted, found.camera], [state.open, state.wanted, camera]);
  assert.deepEqual([found.missing, found.otherState], [0, false]);
});

test("what another page does not carry is counted and left out", () => {
  const { model, state } = edited();
  const less = made({ entities: 5, links: [[0, 1]] });
  const found = read(less, JSON.stringify({ ...saved(model, state, null), digest: "e2" }), fault);
  assert.equal(found.otherState, true);
  assert.ok(found.missing >= 3);
  assert.deepEqual(found.open, []);
});

test("a file that is no view is refused with a sentence", () => {
  const { model, state } = edited();
  const good = saved(model, state, null);
  for (const text of ["", "{}", "[1]", "null", JSON.stringify({ ...good, format: "x" }), JSON.stringify({ ...good, hidden: [1] }), JSON.stringify({ ...good, pinned: { id1: [1] } }), JSON.stringify({ ...good, pinned: { id1: ["a", 1] } }), JSON.stringify({ ...good, camera: { zoom: null } })]) {
    assert.throws(() => read(model, text, fault), new RangeError("no view"), text);
  }
  assert.throws(() => read(model, JSON.stringify({ ...good, case: "other" }), fault), new RangeError("of other"));
});

test("undo and redo walk through states, and a new act forgets what was undone", () => {
  const [model, state, history] = [twoRings(), initialState(), new History()];
  history.remember(state);
  hide(model, state, [0]);
  history.remember(state);
  annotate(model, state, 1, "note");
  assert.equal(history.undo(state), true);
  assert.deepEqual([[...state.edits.hidden], state.edits.notes.size], [["id0"], 0]);
  assert.equal(history.undo(state), true);
  assert.equal(state.edits.hidden.size, 0);
  assert.equal(history.undo(state), false);
  assert.equal(history.redo(state), true);
  assert.deepEqual([...state.edits.hidden], ["id0"]);
  history.remember(state);
  hide(model, state, [3]);
  assert.equal(history.canRedo, false);
});

test("a step that was taken is not changed by what comes after", () => {
  const [model, state, history] = [twoRings(), initialState(), new History()];
  hide(model, state, [0]);
  history.remember(state);
  hide(model, state, [1]);
  history.undo(state);
  hide(model, state, [2]);
  history.redo(state);
  assert.deepEqual([...state.edits.hidden].sort(), ["id0", "id1"]);
});

test("filters that keep everything are known as such", () => {
  const { filters } = initialState();
  assert.equal(unfiltered(filters), true);
  filters.gradesOff.add("weak");
  assert.equal(unfiltered(filters), false);
});
