import assert from "node:assert/strict";
import { test } from "node:test";
import type { App } from "../src/app";
import { localBackend } from "../src/local";
import { shortest } from "../src/shortest";
import { initialState, noFilters, passing } from "../src/state";
import { made, twoRings } from "./made";

const backendOf = (model: ReturnType<typeof made>) => localBackend(model, () => ({ passes: passing(model, initialState()) }) as App);

/** Numbers that look random and are the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

test("a path is as short as trying all of them says", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const next = numbers(seed);
    const links = Array.from({ length: 14 }, () => [Math.floor(next() * 9), Math.floor(next() * 9)] as const);
    const model = made({ entities: 9, links });
    const passes = passing(model, initialState());
    const victim = Math.floor(next() * 9);
    model.entities.role[victim] = model.roles.indexOf("victim");
    const distance = new Map([[0, 0]]);
    for (let turn = 0; turn < 9; turn++)
      for (const [a, b] of links)
        for (const [x, y] of [[a, b], [b, a]])
          if (distance.has(x) && (x === 0 || x !== victim)) distance.set(y, Math.min(distance.get(y) ?? 99, (distance.get(x) ?? 99) + 1));
    for (let to = 1; to < 9; to++) {
      const found = shortest(model, passes, 0, to);
      assert.equal(found ? found.links.length : null, distance.get(to) ?? null, `seed ${seed}, to ${to}`);
      assert.ok(!found || found.entities.slice(1, -1).every((entity) => entity !== victim));
      found?.links.forEach((link, index) => assert.deepEqual([model.links.source[link], model.links.target[link]].sort(), [found.entities[index], found.entities[index + 1]].sort()));
    }
  }
});

test("a path reads the same from either end", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const next = numbers(seed);
    const links = Array.from({ length: 16 }, () => [Math.floor(next() * 9), Math.floor(next() * 9)] as const);
    const model = made({ entities: 9, links });
    const passes = passing(model, initialState());
    for (let to = 1; to < 9; to++) {
      const [there, back] = [shortest(model, passes, 0, to), shortest(model, passes, to, 0)];
      assert.deepEqual(back && { entities: [...back.entities].reverse(), links: [...back.links].reverse() }, there, `seed ${seed}, to ${to}`);
    }
  }
});

test("a link that never links leads nowhere", () => {
  const model = made({ entities: 2, links: [[0, 1]] });
  model.links.grade[0] = "never links: private address";
  assert.equal(shortest(model, passing(model, initialState()), 0, 1), null);
});

test("search finds by a part, strongest first, and a masked name only by its mask", async () => {
  const model = made({ entities: 12, links: [[0, 1]] });
  model.entities.masked[1] = "victim id1";
  const backend = backendOf(model);
  const names = async (text: string): Promise<string[]> => (await backend.search(text, 5)).hits.map((one) => one.name);
  assert.deepEqual(await names("USER1"), ["user10", "user11"]);
  assert.deepEqual(await names("victim"), ["victim id1"]);
  assert.deepEqual(await names("id11"), ["user11"]);
  assert.equal((await backend.search("user", 5)).total, 11);
});

test("neighbours come strongest first, and what is left is counted", async () => {
  const model = made({ entities: 6, links: [[5, 0], [5, 1], [5, 2], [5, 3]] });
  assert.deepEqual(await backendOf(model).expand(5, 2), { entities: [0, 1], left: 2 });
});

test("an overview counts what passes; of a part under filters it says so", async () => {
  const backend = backendOf(twoRings());
  const all = await backend.overview(noFilters());
  assert.deepEqual([Array.from(all.sizes), all.entities, all.links, all.ofAll], [[5, 5], 10, 12, true]);
  assert.deepEqual(all.bundles, [{ a: 0, b: 1, links: 2, crossing: true }]);
  const filters = { ...noFilters(), community: 1 };
  const one = await backend.overview(filters);
  assert.deepEqual([Array.from(one.sizes), one.links, one.bundles], [[0, 5], 5, []]);
  const part = made({ entities: 3, links: [[0, 1]], totals: { entities: 90, links: 80 } });
  assert.deepEqual([(await backendOf(part).overview(noFilters())).entities, (await backendOf(part).overview(noFilters())).ofAll], [90, true]);
  assert.equal((await backendOf(part).overview({ ...noFilters(), fewest: 1 })).ofAll, false);
});

test("observations of an entity are in order of time, with the other end", async () => {
  const model = made({ entities: 3, links: [[0, 1], [2, 0], [1, 2]] });
  Object.assign(model, { observations: { link: [0, 1, 2, 0], first: [50, 20, 10, 70], last: [50, 25, 10, 70], offset: [null, 3600, null, null], source: [0, 0, 0, 0], row: [1, 2, 3, 4] } });
  const found = await backendOf(model).observations(0);
  assert.deepEqual(found.rows.map((one) => [one.first, one.other, one.outgoing]), [[20, "user2", false], [50, "user1", true], [70, "user1", true]]);
  assert.deepEqual([found.total, found.untimed], [2, 2]);
});
