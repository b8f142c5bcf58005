import assert from "node:assert/strict";
import { test } from "node:test";
import { complete, merge } from "../src/data";
import { broken, sha256 } from "../src/seal";
import { made } from "./made";

test("a fragment brings what is new, and names links by node number", () => {
  const model = made({ entities: 2, links: [[0, 1]], totals: { entities: 3, links: 3 } });
  const more = made({ entities: 3, links: [[0, 1], [1, 2], [2, 0]] });
  assert.equal(complete(model), false);
  assert.deepEqual(merge(model, { country_words: [], entities: more.entities, links: more.links }), [0, 1, 2]);
  assert.equal(complete(model), true);
  assert.deepEqual(model.linksOf, [[0, 2], [0, 1], [1, 2]]);
  assert.deepEqual(model.members[0], [0, 1, 2]);
  merge(model, { country_words: [], entities: more.entities, links: more.links });
  assert.deepEqual([model.entities.id.length, model.links.id.length], [3, 3]);
});

test("a seal finds the part that was changed", async () => {
  const encoded = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
  const parts = { style: "a", script: "b", licences: "c", model: "d" };
  const [style, script, licences, model] = await Promise.all(Object.values(parts).map((text) => sha256(encoded(text))));
  const seal = { style, script, licences, model, page: await sha256(encoded([style, script, licences, model].join("\n"))) };
  assert.deepEqual(await broken(seal, parts), []);
  assert.deepEqual(await broken(seal, { ...parts, model: "e" }), ["model", "page"]);
  assert.deepEqual(await broken({ ...seal, page: "0" }, parts), ["page"]);
});
