/** What the investigator has chosen, and what that leaves of the case. */

import type { Case } from "./data";

/** An entity, a link, a community, or a group of the investigator's, by its index. */
export type Thing =
  | { readonly what: "entity"; readonly index: number }
  | { readonly what: "link"; readonly index: number }
  | { readonly what: "community"; readonly index: number }
  | { readonly what: "group"; readonly index: number };

export interface Filters {
  /** Indices that are switched off; -1 stands for no known country. */
  readonly kindsOff: Set<number>;
  readonly linkKindsOff: Set<number>;
  readonly countriesOff: Set<number>;
  /** Sources by index, and markings of sources: a link passes while one of its sources is on in both. */
  readonly sourcesOff: Set<number>;
  readonly markingsOff: Set<string>;
  /** Grades in words that are switched off; "" stands for none. */
  readonly gradesOff: Set<string>;
  community: number | null;
  /** Links of an entity in the whole graph: at least, at most. */
  fewest: number | null;
  most: number | null;
  /** Seconds since 1970 UTC. */
  from: number | null;
  to: number | null;
  /** Keep links that carry no time while a time is asked for. */
  untimed: boolean;
  crossingOnly: boolean;
}

/** A set of entities drawn as one. */
export interface Group {
  name: string;
  /** Ids. */
  members: readonly string[];
}

/** What an investigator has done to the picture, by entity id so that it fits another page of the same case. */
export interface Edits {
  readonly hidden: Set<string>;
  /** Where things were put that must stay there. */
  readonly pinned: Map<string, { readonly x: number; readonly y: number }>;
  readonly notes: Map<string, string>;
  groups: readonly Group[];
}

export interface State {
  filters: Filters;
  /** Communities that are open, the one opened last first. */
  open: number[];
  /** Entities asked for by name, drawn whatever their strength. */
  wanted: Set<number>;
  edits: Edits;
  selected: Thing | null;
  /** Entities chosen together, for grouping, hiding, pinning. */
  chosen: Set<number>;
}

export function initialState(): State {
  return { filters: noFilters(), open: [], wanted: new Set(), edits: noEdits(), selected: null, chosen: new Set() };
}

export function noFilters(): Filters {
  return {
    kindsOff: new Set(),
    linkKindsOff: new Set(),
    countriesOff: new Set(),
    sourcesOff: new Set(),
    markingsOff: new Set(),
    gradesOff: new Set(),
    community: null,
    fewest: null,
    most: null,
    from: null,
    to: null,
    untimed: false,
    crossingOnly: false,
  };
}

export function noEdits(): Edits {
  return { hidden: new Set(), pinned: new Map(), notes: new Map(), groups: [] };
}

/** Whether the filters keep everything. */
export function unfiltered(filters: Filters): boolean {
  const { kindsOff, linkKindsOff, countriesOff, sourcesOff, markingsOff, gradesOff, untimed: _, ...rest } = filters;
  const off = [kindsOff, linkKindsOff, countriesOff, sourcesOff, markingsOff, gradesOff];
  return off.every((set) => !set.size) && Object.values(rest).every((value) => value === null || value === false);
}

/** Which entities and links pass the filters: one flag each. */
export interface Passing {
  readonly entities: Uint8Array;
  readonly links: Uint8Array;
  /** Number of links that pass, at each entity. */
  readonly degree: Uint32Array;
  readonly entityCount: number;
  readonly linkCount: number;
  /** Links left out only because they carry no time. */
  readonly withoutTime: number;
}

export function passing(model: Case, { filters, edits }: Pick<State, "filters" | "edits">): Passing {
  const { entities: e, links: l } = model;
  const entities = new Uint8Array(e.id.length);
  const links = new Uint8Array(l.id.length);
  const degree = new Uint32Array(e.id.length);
  let [entityCount, linkCount, withoutTime] = [0, 0, 0];
  for (let index = 0; index < entities.length; index++) {
    if (
      !filters.kindsOff.has(e.kind[index]) &&
      !filters.countriesOff.has(e.country[index]) &&
      (filters.community === null || e.community[index] === filters.community) &&
      (filters.fewest === null || e.degree[index] >= filters.fewest) &&
      (filters.most === null || e.degree[index] <= filters.most) &&
      !edits.hidden.has(e.id[index])
    ) {
      entities[index] = 1;
      entityCount++;
    }
  }
  const sourceOff = model.sources.map((source, index) => filters.sourcesOff.has(index) || filters.markingsOff.has(source.marking));
  const bySource = sourceOff.some(Boolean);
  const timed = filters.from !== null || filters.to !== null;
  for (let index = 0; index < links.length; index++) {
    const [source, target] = [l.source[index], l.target[index]];
    if (!entities[source] || !entities[target] || filters.linkKindsOff.has(l.kind[index])) continue;
    if (filters.crossingOnly) {
      const [a, b] = [e.country[source], e.country[target]];
      if (a < 0 || b < 0 || a === b) continue;
    }
    if (filters.gradesOff.size && filters.gradesOff.has(l.grade[index] ?? "")) continue;
    if (bySource && l.evidence[index].length && l.evidence[index].every(([from]) => sourceOff[from])) continue;
    if (timed) {
      const [first, last] = [l.first[index] ?? l.last[index], l.last[index] ?? l.first[index]];
      if (first === null || last === null) {
        if (!filters.untimed) {
          withoutTime++;
          continue;
        }
      } else if ((filters.from !== null && last < filters.from) || (filters.to !== null && first > filters.to)) continue;
    }
    links[index] = 1;
    linkCount++;
    degree[source]++;
    if (target !== source) degree[target]++;
  }
  return { entities, links, degree, entityCount, linkCount, withoutTime };
}
