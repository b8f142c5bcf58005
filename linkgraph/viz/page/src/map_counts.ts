/** What the map says: entities of each country, and links between two of them. */

import { complete, type Case } from "./data";
import { passing, unfiltered, type Filters, type Passing, type State } from "./state";

export interface CountryCount {
  /** Index; -1 stands for no known country. */
  readonly country: number;
  readonly entities: number;
  readonly crossing: number;
}

export interface Flow {
  /** Indices, a < b. */
  readonly a: number;
  readonly b: number;
  readonly links: number;
}

export interface Counts {
  /** Most entities first. */
  readonly countries: readonly CountryCount[];
  /** Most links first. */
  readonly flows: readonly Flow[];
  /** False where only what the page carries was counted, and the graph has more. */
  readonly ofAll: boolean;
  /** Whether filters other than that of countries, or hiding, left something out. */
  readonly filtered: boolean;
}

/**
 * Count by country, whatever countries are switched off: a country stays to be seen, and can be switched on again.
 *
 * Where the page carries only a part of the graph, the counts of the whole graph hold while nothing else is filtered.
 */
export function counted(model: Case, { filters, edits }: Pick<State, "filters" | "edits">, passes: Passing): Counts {
  const others: Filters = { ...filters, countriesOff: new Set(), crossingOnly: false };
  const filtered = !unfiltered(others) || edits.hidden.size > 0;
  if (!filtered && !complete(model)) return { ...whole(model), ofAll: true, filtered };
  const base = filters.countriesOff.size ? passing(model, { filters: others, edits }) : passes;
  return { ...carried(model, base), ofAll: complete(model), filtered };
}

function whole(model: Case): Pick<Counts, "countries" | "flows"> {
  const known = model.country_sizes.reduce((sum, size) => sum + size, 0);
  const flows = model.flows.map(([a, b, links]) => ({ a, b, links }));
  return sorted(model.country_sizes, model.totals.entities - known, flows);
}

function carried(model: Case, base: Passing): Pick<Counts, "countries" | "flows"> {
  const { country } = model.entities;
  const sizes = model.countries.map(() => 0);
  let unknown = 0;
  country.forEach((one, entity) => {
    if (!base.entities[entity]) return;
    if (one < 0) unknown++;
    else sizes[one]++;
  });
  const pairs = new Map<number, number>();
  model.links.source.forEach((source, link) => {
    const [from, to] = [country[source], country[model.links.target[link]]];
    if (!base.links[link] || from < 0 || to < 0 || from === to) return;
    const pair = Math.min(from, to) * sizes.length + Math.max(from, to);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  });
  const flows = [...pairs].map(([pair, links]) => ({ a: Math.floor(pair / sizes.length), b: pair % sizes.length, links }));
  return sorted(sizes, unknown, flows);
}

function sorted(sizes: readonly number[], unknown: number, flows: readonly Flow[]): Pick<Counts, "countries" | "flows"> {
  const crossing = sizes.map(() => 0);
  for (const { a, b, links } of flows) {
    crossing[a] += links;
    crossing[b] += links;
  }
  const all = [...sizes.map((entities, country) => ({ country, entities, crossing: crossing[country] })), { country: -1, entities: unknown, crossing: 0 }];
  return {
    countries: all.filter(({ entities }) => entities > 0).sort((x, y) => y.entities - x.entities || x.country - y.country),
    flows: [...flows].sort((x, y) => y.links - x.links || x.a - y.a || x.b - y.b),
  };
}

/** Countries that are on, -1 for none known among them; null where all are. */
export function kept(model: Case, { countriesOff }: Filters): readonly number[] | null {
  if (!countriesOff.size) return null;
  return [-1, ...model.countries.keys()].filter((country) => !countriesOff.has(country));
}

/** The two countries whose links alone are asked for; null where it is otherwise. */
export function pairOf(model: Case, filters: Filters): readonly [a: number, b: number] | null {
  const on = filters.crossingOnly ? kept(model, filters) : null;
  return on?.length === 2 && on[0] >= 0 ? [on[0], on[1]] : null;
}

/** Leave only these countries on; with null, all. Two of a pair are asked for by `pair`. */
export function keep(model: Case, filters: Filters, countries: readonly number[] | null, pair = false): void {
  if (pairOf(model, filters)) filters.crossingOnly = false;
  filters.countriesOff.clear();
  if (pair) filters.crossingOnly = true;
  if (!countries?.length) return;
  for (const country of [-1, ...model.countries.keys()]) if (!countries.includes(country)) filters.countriesOff.add(country);
}

/** Links that pass between two countries, those seen most often first. */
export function linksBetween(model: Case, passes: Passing, [a, b]: readonly [number, number]): number[] {
  const { country } = model.entities;
  const { source, target, count } = model.links;
  const between = [...source.keys()].filter((link) => {
    const [from, to] = [country[source[link]], country[target[link]]];
    return passes.links[link] && ((from === a && to === b) || (from === b && to === a));
  });
  return between.sort((x, y) => count[y] - count[x] || x - y);
}

/** Where up to five classes of shading begin, in even steps of the logarithm rounded to 1, 2 or 5: few countries hold most entities. */
export function shadingClasses(largest: number): number[] {
  if (largest < 1) return [];
  const begins = [0, 1, 2, 3, 4].map((step) => round(largest ** (step / 5)));
  return [...new Set(begins)].filter((begin) => begin <= largest);
}

function round(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const step = [1, 2, 5, 10].find((one) => value <= one * power * (1 + 1e-9)) ?? 10;
  return step * power;
}

/** Which class a number is in; -1 below all. */
export function classOf(begins: readonly number[], value: number): number {
  return begins.filter((begin) => begin <= value).length - 1;
}
