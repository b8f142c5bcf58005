/**
 * Where answers come from that the picture alone does not have: the columns of the file (local.ts), or the
 * explorer's server (remote.ts). Entities and links are positions in the case's columns; what a server sends is
 * merged into them before a promise is kept.
 */

import type { Filters } from "./state";

export interface Hit {
  /** Position of the entity, or -1 where it is not fetched yet: `hold` fetches it. */
  readonly entity: number;
  readonly node: number;
  /** Masked where it must be. */
  readonly name: string;
  readonly kind: number;
}

export interface Found {
  readonly total: number;
  readonly hits: readonly Hit[];
}

/** One row of evidence about an entity. */
export interface Observation {
  /** Seconds since 1970 UTC. */
  readonly first: number;
  readonly last: number;
  /** Seconds east of UTC as the source states it. */
  readonly offset: number | null;
  readonly linkKind: number;
  /** Whether the entity is where the link starts. */
  readonly outgoing: boolean;
  /** The other end: shown name, and its position or -1. */
  readonly other: string;
  readonly otherEntity: number;
  readonly source: number;
  readonly row: number;
}

export interface Observations {
  /** Earliest first. */
  readonly rows: readonly Observation[];
  /** All that there are, and those of them without a time, which are not among `rows`. */
  readonly total: number;
  readonly untimed: number;
}

/** Communities under filters: what of each passes, and the lines between them. */
export interface Overview {
  /** Entities that pass, by community. */
  readonly sizes: ArrayLike<number>;
  readonly entities: number;
  readonly links: number;
  readonly bundles: readonly { readonly a: number; readonly b: number; readonly links: number; readonly crossing: boolean }[];
  readonly bundlesCut: number;
  /** False where only what the file carries was counted. */
  readonly ofAll: boolean;
}

export interface Route {
  readonly entities: readonly number[];
  readonly links: readonly number[];
}

export interface Backend {
  readonly remote: boolean;
  search(text: string, limit: number): Promise<Found>;
  /** Have an entity in the columns; give its position. */
  hold(hit: Hit): Promise<number>;
  /** Have the strongest neighbours of an entity, and the links among all, in the columns. */
  expand(entity: number, limit: number): Promise<{ readonly entities: readonly number[]; readonly left: number }>;
  /** Have the strongest members of a community in the columns. */
  open(community: number): Promise<void>;
  /** Shortest path along links that pass the filters; null where there is none. */
  path(from: number, to: number): Promise<Route | null>;
  observations(entity: number): Promise<Observations>;
  overview(filters: Filters): Promise<Overview>;
}
