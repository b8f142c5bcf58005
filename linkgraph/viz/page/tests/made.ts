/** Small cases for the tests. */

import { readCase, type Case, type Model } from "../src/data";

export interface Wanted {
  readonly entities: number;
  /** Pairs of entities. */
  readonly links: readonly (readonly [number, number])[];
  /** Community of each entity; all in the first where left out. */
  readonly community?: readonly number[];
  readonly country?: readonly number[];
  readonly limit?: number;
  readonly totals?: { readonly entities: number; readonly links: number };
}

export function made(wanted: Wanted): Case {
  const { entities, links } = wanted;
  const range = Array.from({ length: entities }, (_, index) => index);
  const all = <T>(value: T): T[] => range.map(() => value);
  const each = <T>(value: T): T[] => links.map(() => value);
  const community = wanted.community ?? all(0);
  const country = wanted.country ?? all(-1);
  const groups = Math.max(0, ...community.map((one) => one + 1));
  const crosses = ([a, b]: readonly [number, number]): boolean => country[a] >= 0 && country[b] >= 0 && country[a] !== country[b];
  const model: Model = {
    format: 2,
    case: "op-test",
    marking: "TLP:AMBER",
    zone: "Europe/London",
    facts: [],
    digest: "d1".repeat(32),
    limit: wanted.limit ?? 1000,
    whole: entities + links.length <= (wanted.limit ?? 1000),
    totals: wanted.totals ?? { entities, links: links.length },
    victims_hidden: 0,
    community_method: "",
    time: null,
    histogram: null,
    kinds: ["Account", "IPAddress"],
    link_kinds: ["USED_IP", "PAID"],
    countries: ["DE", "GB"],
    country_sizes: [0, 0],
    flows: [],
    country_words: [],
    roles: ["victim", "suspect", "witness", "police cover"],
    sources: [{ sha256: "a1".repeat(32), name: "logins.csv", kind: "ip-logs", marking: "TLP:AMBER", timezone: "UTC", rows: 10 }],
    communities: Array.from({ length: groups }, (_, index) => ({
      id: `c${index}`,
      number: index + 1,
      x: 100 * index,
      y: 0,
      radius: 10,
      size: community.filter((one) => one === index).length,
      kinds: [community.filter((one) => one === index).length, 0],
      crossings: links.filter(crosses).length,
    })),
    bundles: { a: [], b: [], links: [], crossing: [], cut: 0 },
    lists: [],
    entities: {
      id: range.map((index) => `id${index}`),
      node: [...range],
      kind: all(0),
      label: range.map((index) => `user${index}`),
      value: all(null),
      country: [...country],
      country_words: all(-1),
      role: all(-1),
      masked: all(null),
      first: all(null),
      last: all(null),
      community: [...community],
      strength: range.map((index) => entities - index),
      degree: range.map((index) => links.filter((pair) => pair.includes(index)).length),
      x: range.map((index) => index),
      y: all(0),
      statements: all([]),
    },
    links: {
      id: links.map((_, index) => `link${index}`),
      kind: each(0),
      source: links.map(([a]) => a),
      target: links.map(([, b]) => b),
      count: each(1),
      weight: each(null),
      first: each(null),
      last: each(null),
      grade: each(null),
      amounts: each(null),
      evidence: links.map((_, index) => [[0, String(index + 1), 1, 1] as const]),
    },
    observations: { link: [], first: [], last: [], offset: [], source: [], row: [] },
    explorer: null,
  };
  return readCase(model);
}

/** Two communities of five, each a ring, with two links between them. */
export function twoRings(limit = 1000): Case {
  const ring = (from: number): [number, number][] => [0, 1, 2, 3, 4].map((index) => [from + index, from + ((index + 1) % 5)]);
  return made({
    entities: 10,
    links: [...ring(0), ...ring(5), [0, 5], [1, 6]],
    community: [0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
    country: [0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
    limit,
  });
}
