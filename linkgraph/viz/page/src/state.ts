/** What the investigator has chosen, and what that leaves of the case. */

import type { Case } from "./data";

/** An entity, a link, or a community, by its index. */
export type Thing =
  | { readonly what: "entity"; readonly index: number }
  | { readonly what: "link"; readonly index: number }
  | { readonly what: "community"; readonly index: number };

export interface Filters {
  /** Names of kinds, and country indices, that are switched off; -1 stands for no known country. */
  readonly kindsOff: Set<number>;
  readonly linkKindsOff: Set<number>;
  readonly countriesOff: Set<number>;
  community: number | null;
  from: number | null;
  to: number | null;
  /** Keep links that carry no time while a time is asked for. */
  untimed: boolean;
  crossingOnly: boolean;
}

export interface State {
  filters: Filters;
  /** Communities that are open, the one opened last first. */
  open: number[];
  /** Entities asked for by name, drawn whatever their strength. */
  wanted: Set<number>;
  selected: Thing | null;
}

export function initialState(): State {
  return { filters: noFilters(), open: [], wanted: new Set(), selected: null };
}

export function noFilters(): Filters {
  return {
    kindsOff: new Set(),
    linkKindsOff: new Set(),
    countriesOff: new Set(),
    community: null,
    from: null,
    to: null,
    untimed: false,
    crossingOnly: false,
  };
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

export function passing(model: Case, filters: Filters): Passing {
  const { entities: e, links: l } = model;
  const entities = new Uint8Array(e.id.length);
  const links = new Uint8Array(l.id.length);
  const degree = new Uint32Array(e.id.length);
  let [entityCount, linkCount, withoutTime] = [0, 0, 0];
  for (let index = 0; index < entities.length; index++) {
    if (
      !filters.kindsOff.has(e.kind[index]) &&
      !filters.countriesOff.has(e.country[index]) &&
      (filters.community === null || e.community[index] === filters.community)
    ) {
      entities[index] = 1;
      entityCount++;
    }
  }
  const timed = filters.from !== null || filters.to !== null;
  for (let index = 0; index < links.length; index++) {
    const [source, target] = [l.source[index], l.target[index]];
    if (!entities[source] || !entities[target] || filters.linkKindsOff.has(l.kind[index])) continue;
    if (filters.crossingOnly) {
      const [a, b] = [e.country[source], e.country[target]];
      if (a < 0 || b < 0 || a === b) continue;
    }
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
