import assert from "node:assert/strict";
import { test } from "node:test";
import type { Api } from "../src/api";
import type { App } from "../src/app";
import type { Case, Fragment } from "../src/data";
import { optionsOf } from "../src/explore/evidence";
import { remoteBackend, written } from "../src/remote";
import { initialState, noFilters } from "../src/state";
import { made } from "./made";

interface Asked {
  readonly path: string;
  readonly body: { readonly [name: string]: unknown };
}

/** A backend whose server gives these answers, and what it was asked. */
function served(model: Case, answers: { readonly [path: string]: unknown }, drawn: readonly number[] = []) {
  const asked: Asked[] = [];
  const api = { post: (path: string, body: Asked["body"]) => (asked.push({ path, body }), Promise.resolve(answers[path])) } as unknown as Api;
  const app = { state: initialState(), picture: { entities: drawn } } as unknown as App;
  return { asked, app, backend: remoteBackend(model, 7, api, () => app) };
}

/** A fragment with one entity of this number, linked to those of the others. */
function fragment(node: number, to: readonly number[]): Fragment {
  const { entities, links } = made({ entities: 1, links: to.map((): [number, number] => [0, 0]) });
  Object.assign(entities, { id: [`id${node}`], node: [node], label: [`user${node}`] });
  Object.assign(links, { id: to.map((other) => `link${node}-${other}`), source: to.map(() => node), target: [...to] });
  return { country_words: [], entities, links };
}

test("every request names the state of the case that is meant", async () => {
  const { backend, asked } = served(made({ entities: 2, links: [[0, 1]] }), { "/api/search": { total: 0, hits: [] } });
  await backend.search("a", 5);
  assert.deepEqual(asked, [{ path: "/api/search", body: { snapshot: 7, text: "a", limit: 5 } }]);
});

test("a hit that is not here is fetched once and then has a position", async () => {
  const model = made({ entities: 2, links: [[0, 1]] });
  const { backend, asked } = served(model, { "/api/search": { total: 1, hits: [{ node: 40, name: "user40", kind: 0 }] }, "/api/entities": fragment(40, [1]) });
  const [hit] = (await backend.search("user40", 5)).hits;
  assert.equal(hit.entity, -1);
  assert.equal(await backend.hold(hit), 2);
  assert.equal(await backend.hold(hit), 2);
  assert.deepEqual(model.linksOf[2].map((link) => model.links.id[link]), ["link40-1"]);
  assert.deepEqual(asked.map(({ path }) => path), ["/api/search", "/api/entities"]);
});

test("what is drawn is always told to be known, and never more than 5,000 are", async () => {
  const model = made({ entities: 6000, links: [] });
  const { backend, asked } = served(model, { "/api/expand": { fragment: fragment(7000, [5999]), nodes: [7000], left: 3 } }, [5999]);
  const found = await backend.expand(0, 50);
  const known = asked[0].body.known as number[];
  assert.equal(known[0], 5999);
  assert.deepEqual([known.length, new Set(known).size], [5000, 5000]);
  assert.deepEqual(found, { entities: [6000], left: 3 });
});

test("an overview is asked for once for the same filters, and again for others", async () => {
  const answer = { sizes: [2], entities: 2, links: 1, bundles: [], bundles_cut: 4, fragment: fragment(2, []) };
  const { backend, asked } = served(made({ entities: 2, links: [[0, 1]] }), { "/api/overview": answer });
  const filters = noFilters();
  assert.equal((await backend.overview(filters)).bundlesCut, 4);
  await backend.overview(filters);
  assert.equal(asked.length, 1);
  filters.kindsOff.add(1);
  await backend.overview(filters);
  assert.deepEqual((asked[1].body.filters as { kinds_off: number[] }).kinds_off, [1]);
});

test("a path follows the link seen most often at each hop, and none is none", async () => {
  const model = made({ entities: 3, links: [[0, 1], [1, 0], [1, 2]] });
  model.links.count[1] = 9;
  const there = served(model, { "/api/path": { fragment: fragment(2, []), nodes: [0, 1, 2], links: ["link0", "link1", "link2"] } });
  there.app.state.filters.linkKindsOff.add(1);
  assert.deepEqual(await there.backend.path(0, 2), { entities: [0, 1, 2], links: [1, 2] });
  assert.deepEqual(there.asked[0].body.link_kinds_off, [1]);
  const none = served(model, { "/api/path": { fragment: null, nodes: null, links: null } });
  assert.equal(await none.backend.path(0, 2), null);
});

test("filters are written as the server reads them", () => {
  const filters = { ...noFilters(), markingsOff: new Set(["TLP:RED"]), from: 5, crossingOnly: true };
  assert.deepEqual(written(filters), {
    kinds_off: [], link_kinds_off: [], countries_off: [], sources_off: [], markings_off: ["TLP:RED"], grades_off: [],
    community: null, fewest: null, most: null, from: 5, to: null, untimed: false, crossing_only: true,
  });
});

test("what is not said of a file is null, and a year is a number", () => {
  assert.deepEqual(optionsOf([["timezone", "UTC"], ["service", ""], ["year", "2026"]]), { timezone: "UTC", service: null, year: 2026 });
  assert.deepEqual(optionsOf([["year", "26"]]), { year: "26" });
});
