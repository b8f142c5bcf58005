/** The case as the page carries it: columns as written by page_model.py, and how to read one entity or link. */

export interface Community {
  /** As in the other findings; empty and 0 for the entities that are in no community. */
  readonly id: string;
  readonly number: number;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly size: number;
}

export interface Source {
  readonly sha256: string;
  readonly name: string;
  readonly kind: string;
  readonly marking: string;
  readonly timezone: string | null;
  readonly rows: number;
}

/** Rows of one source: its index, the ranges written as "4-9,12", how many rows there are and how many of them are written. */
export type Rows = readonly [source: number, ranges: string, total: number, written: number];

/** Name, value, the basis in words, index of the source (-1 for none) and row (0 for none). */
export type Statement = readonly [name: string, value: string, basis: string, source: number, row: number];

export interface Model {
  readonly format: 1;
  readonly case: string;
  readonly marking: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly limit: number;
  readonly whole: boolean;
  readonly victims_hidden: number;
  readonly community_method: string;
  readonly time: readonly [from: number, to: number] | null;
  readonly kinds: readonly string[];
  readonly link_kinds: readonly string[];
  readonly countries: readonly string[];
  readonly country_words: readonly string[];
  readonly roles: readonly string[];
  readonly sources: readonly Source[];
  readonly communities: readonly Community[];
  readonly entities: {
    readonly id: readonly string[];
    readonly kind: readonly number[];
    readonly label: readonly string[];
    /** Null where it is the label. */
    readonly value: readonly (string | null)[];
    /** Indices; -1 where nothing is known. */
    readonly country: readonly number[];
    readonly country_words: readonly number[];
    readonly role: readonly number[];
    readonly masked: readonly (string | null)[];
    /** Seconds since 1970-01-01 UTC. */
    readonly first: readonly (number | null)[];
    readonly last: readonly (number | null)[];
    readonly community: readonly number[];
    readonly strength: readonly number[];
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly statements: readonly (readonly Statement[])[];
  };
  readonly links: {
    readonly id: readonly string[];
    readonly kind: readonly number[];
    readonly source: readonly number[];
    readonly target: readonly number[];
    readonly count: readonly number[];
    readonly weight: readonly (number | null)[];
    readonly first: readonly (number | null)[];
    readonly last: readonly (number | null)[];
    readonly grade: readonly (string | null)[];
    readonly amounts: readonly (Readonly<Record<string, string>> | null)[];
    readonly evidence: readonly (readonly Rows[])[];
  };
}

/** A model with the look-ups that drawing and details need. */
export interface Case extends Model {
  /** Links at each entity. */
  readonly linksOf: readonly (readonly number[])[];
  /** Members of each community, strongest first. */
  readonly members: readonly (readonly number[])[];
  /** How many links of each community cross a border. */
  readonly crossings: readonly number[];
}

export function readCase(element: HTMLElement): Case {
  const model = JSON.parse(element.textContent ?? "") as Model;
  const { entities, links } = model;
  const linksOf: number[][] = entities.id.map(() => []);
  const members: number[][] = model.communities.map(() => []);
  const crossings: number[] = model.communities.map(() => 0);
  links.id.forEach((_, link) => {
    const [source, target] = [links.source[link], links.target[link]];
    linksOf[source].push(link);
    if (target !== source) linksOf[target].push(link);
    if (crossesBorder(model, link)) {
      const [a, b] = [entities.community[source], entities.community[target]];
      crossings[a] += 1;
      if (b !== a) crossings[b] += 1;
    }
  });
  entities.id.forEach((_, entity) => members[entities.community[entity]].push(entity));
  for (const list of members) list.sort((a, b) => entities.strength[b] - entities.strength[a] || a - b);
  return { ...model, linksOf, members, crossings };
}

/** Whether the two ends of a link belong to two countries that are both known. */
export function crossesBorder(model: Model, link: number): boolean {
  const a = model.entities.country[model.links.source[link]];
  const b = model.entities.country[model.links.target[link]];
  return a >= 0 && b >= 0 && a !== b;
}

export function otherEnd(model: Model, link: number, entity: number): number {
  return model.links.source[link] === entity ? model.links.target[link] : model.links.source[link];
}

export function valueOf(model: Model, entity: number): string {
  return model.entities.value[entity] ?? model.entities.label[entity];
}

/** What to call an entity in sight of others: a victim's name is not shown unless asked for. */
export function nameOf(model: Model, entity: number): string {
  return model.entities.masked[entity] ?? model.entities.label[entity];
}
