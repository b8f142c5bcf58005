import assert from "node:assert/strict";
import { test } from "node:test";
import type { Case } from "../src/data";
import { chart, legendOf } from "../src/chart";
import { BLACK, COLOURED } from "../src/looks";
import { mark, written, type Mark } from "../src/mark";
import { picture } from "../src/picture";
import { sceneOf, type Scene } from "../src/scene";
import { wrapped } from "../src/shown";
import { initialState, passing, type State } from "../src/state";
import { poster } from "../src/svg";
import { made, twoRings } from "./made";

function scene(model: Case, state: State = initialState()): Scene {
  const passes = passing(model, state);
  const sizes = model.communities.map((one) => one.size);
  const overview = { sizes, entities: passes.entityCount, links: passes.linkCount, bundles: [{ a: 0, b: 1, links: 2, crossing: true }], bundlesCut: 0, ofAll: true };
  const { entities: e, communities: c } = model;
  const app = { model, state, passes, picture: picture(model, passes, overview, state) };
  return sceneOf(app, (key) => ({ at: key.startsWith("c") ? c[Number(key.slice(1))] : { x: 60 * (e.x[Number(key.slice(1))] ?? 0), y: 0 }, onPath: false }));
}

const all = (root: Mark): Mark[] => [root, ...root.children.flatMap((child) => (typeof child === "string" ? [] : all(child)))];
const tags = (marks: readonly Mark[], tag: string): Mark[] => marks.flatMap(all).filter((one) => one.tag === tag);
const texts = (marks: readonly Mark[]): string[] => tags(marks, "text").map((one) => String(one.children[0]));
const SAID = { case: "op-test", marking: "TLP:AMBER", lines: ["10 entities"] };

test("entities and links are drawn, crossings marked", () => {
  const { marks, box } = chart(scene(twoRings()), COLOURED, 1);
  assert.equal(tags(marks, "circle").length, 10);
  assert.equal(tags(marks, "path").length, 12);
  assert.equal(tags(marks, "polygon").length, 2, "two diamonds");
  assert.ok(box.width > 540 && box.height > 24);
});

test("closed communities have a label and a ring, lines between them a number", () => {
  const { marks } = chart(scene(twoRings(6)), COLOURED, 1);
  assert.deepEqual(texts(marks), ["2", "C1", "5", "C2", "5"]);
  assert.equal(tags(marks, "path").length, 2, "one ring each");
});

test("black and white is told by numbers and shapes, not by colours", () => {
  for (const limit of [6, 1000]) {
    const now = scene(twoRings(limit));
    const drawn = [...chart(now, BLACK, 1).marks, ...legendOf(now, BLACK).flatMap(({ sample }) => sample)].flatMap(all);
    const paints = new Set(drawn.flatMap(({ attributes }) => [attributes.fill, attributes.stroke]).filter((one) => typeof one === "string" && one.startsWith("#")));
    for (const paint of paints) assert.match(String(paint), /^#(..)\1\1$/);
    assert.equal(legendOf(now, BLACK)[0].text, "1 Account");
  }
});

test("on paper a name lies on no other name, and what has no room is counted", () => {
  const model = made({ entities: 40, links: [] });
  const now = scene(model);
  const crowded = { ...now, nodes: now.nodes.map((node, at) => ({ ...node, at: { x: 30 * (at % 8), y: 30 * Math.floor(at / 8) } })) };
  const { marks, unnamed } = chart(crowded, BLACK, 1);
  const boxes = tags(marks, "rect").map(({ attributes: a }) => [a.x, a.y, a.width, a.height].map(Number));
  assert.ok(unnamed > 0);
  assert.equal(boxes.length + unnamed, 40);
  for (const [at, [x, y, width, height]] of boxes.entries()) {
    for (const [left, top, wide, high] of boxes.slice(at + 1)) assert.ok(x >= left + wide || left >= x + width || y >= top + high || top >= y + height);
  }
  assert.equal(chart(crowded, COLOURED, 1).unnamed, 0);
  const heap = { ...now, nodes: now.nodes.map((node) => ({ ...node, at: { x: 0, y: 0 } })) };
  assert.equal(chart(heap, BLACK, 1).unnamed, 40);
});

test("lines of kinds are told apart without colour", () => {
  const kinds = ["USED_IP", "VISITED", "SHARED_FILE", "SAME_FILE", "SIMILAR_FILE", "PAID", "HOLDS", "CONTACTED", "LINKED", "SOME_OTHER"];
  const looks = kinds.map((kind) => JSON.stringify({ ...BLACK.line(kind), width: 0 }));
  assert.equal(new Set(looks).size, kinds.length);
});

test("several links of one pair bend apart, a link to itself is a loop", () => {
  const { lines } = scene(made({ entities: 2, links: [[0, 1], [1, 0], [0, 1], [1, 1]] }));
  const height = lines.slice(0, 3).map((one) => one.bend * (one.from.at.x < one.to.at.x ? 1 : -1));
  assert.deepEqual(height, [-26, 0, 26]);
  assert.match(String(tags(chart({ ...scene(made({ entities: 1, links: [[0, 0]] })) }, COLOURED, 1).marks, "path")[0].attributes.d), /C/);
});

test("the legend has what occurs and nothing else", () => {
  const state = initialState();
  const plain = legendOf(scene(twoRings()), COLOURED).map(({ text }) => text);
  assert.deepEqual(plain, ["Account", "Used IP address", "Link across a border"]);
  state.edits.notes.set("id3", "x");
  state.edits.pinned.set("id4", { x: 0, y: 0 });
  const model = twoRings();
  model.entities.role[0] = 1;
  const more = legendOf(scene(model, state), COLOURED).map(({ text }) => text);
  assert.deepEqual(more.slice(3), ["Role: suspect", "Put where it is by the investigator", "With a note of the investigator"]);
});

test("a victim is drawn by its masked name", () => {
  const model = made({ entities: 1, links: [] });
  model.entities.label[0] = "chatter:child";
  model.entities.masked[0] = "victim 1a2b3c4d";
  const file = written(poster(scene(model), SAID, COLOURED), "urn:x");
  assert.ok(file.includes("victim 1a2b3c4d") && !file.includes("child"));
});

test("hostile text stays text in the file", () => {
  const model = made({ entities: 3, links: [] });
  model.entities.label.splice(0, 3, "<script>alert(1)</script>", 'a"b&c\u202e', "\u0007\ud800x");
  const file = written(poster(scene(model), { ...SAID, case: "]]><!--\u0000" }, COLOURED), "urn:x");
  assert.ok(file.includes("&lt;script&gt;"));
  assert.ok(file.includes("⟨U+202E⟩") && file.includes("⟨U+0007⟩") && file.includes("⟨U+0000⟩"));
  assert.ok(!/<script|<!--|\u202e|\u0000|\u0007/.test(file));
  assert.ok(!/href|\bstyle=|url\(|<image|<use/.test(file));
});

test("an empty picture is a drawing too", () => {
  assert.match(written(poster(scene(made({ entities: 0, links: [] })), SAID, COLOURED), "urn:x"), /^<\?xml.*<svg xmlns="urn:x" version="1.1" width="1600"/s);
});

test("what XML cannot hold is written out", () => {
  assert.equal(written(mark("a", { b: "\u0001\"" }, "\ufffe"), "urn:x"), '<?xml version="1.0" encoding="UTF-8"?>\n<a xmlns="urn:x" version="1.1" b="⟨U+0001⟩&quot;">⟨U+FFFE⟩</a>\n');
});

test("captions are broken between words, and nothing is lost", () => {
  const lines = wrapped("one two three four", (text) => text.length <= 9);
  assert.deepEqual(lines, ["one two", "three", "four"]);
  assert.deepEqual(wrapped("a unbreakable b", (text) => text.length <= 4), ["a", "unbr", "eaka", "ble", "b"]);
  assert.deepEqual(wrapped("ab", () => false), ["a", "b"]);
});
