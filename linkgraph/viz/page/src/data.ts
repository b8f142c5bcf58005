/** What of a case a page carries, format 2; page_model.py writes it and says what each part is. */

export interface Community {
  /** As in the other findings; empty and 0 for the entities that are in no community. */
  readonly id: string;
  readonly number: number;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Members in the whole graph, and how many of them are of each kind. */
  readonly size: number;
  readonly kinds: readonly number[];
  /** Links of its members, in the whole graph, that cross a border. */
  readonly crossings: number;
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

/** Columns of equal length; more are appended as they are fetched. */
export interface Entities {
  readonly id: string[];
  /** Number in the whole graph; what an explorer is asked by. */
  readonly node: number[];
  readonly kind: number[];
  readonly label: string[];
  /** Null where it is the label. */
  readonly value: (string | null)[];
  /** Indices; -1 where nothing is known. */
  readonly country: number[];
  readonly country_words: number[];
  readonly role: number[];
  readonly masked: (string | null)[];
  /** Seconds since 1970-01-01 UTC. */
  readonly first: (number | null)[];
  readonly last: (number | null)[];
  readonly community: number[];
  readonly strength: number[];
  /** Links in the whole graph. */
  readonly degree: number[];
  readonly x: number[];
  readonly y: number[];
  readonly statements: (readonly Statement[])[];
}

export interface Links {
  readonly id: string[];
  readonly kind: number[];
  /** Positions in the columns of entities. */
  readonly source: number[];
  readonly target: number[];
  readonly count: number[];
  readonly weight: (number | null)[];
  readonly first: (number | null)[];
  readonly last: (number | null)[];
  /** In words; null for a link without a grade. */
  readonly grade: (string | null)[];
  readonly amounts: (Readonly<Record<string, string>> | null)[];
  readonly evidence: (readonly Rows[])[];
}

/** Lines between communities: how many links of the whole graph, and how many of these cross a border; most links first. */
export interface Bundles {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly links: readonly number[];
  readonly crossing: readonly number[];
  /** How many thinner ones are not listed. */
  readonly cut: number;
}

/** Rows of evidence with a time, by link; offset is seconds east of UTC as the source states it, null where it states none. */
export interface ObservationColumns {
  readonly link: readonly number[];
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly offset: readonly (number | null)[];
  readonly source: readonly number[];
  readonly row: readonly number[];
}

export interface Ranked {
  /** Position in the columns of entities. */
  readonly entity: number;
  readonly score: number;
  /** Why, in words. */
  readonly reasons: readonly string[];
}

export interface RankedList {
  readonly name: "hubs" | "leads";
  readonly headline: string;
  readonly entries: readonly Ranked[];
}

export interface Model {
  readonly format: 2;
  readonly case: string;
  /** Strictest TLP 2.0 marking of the sources. */
  readonly marking: string;
  /** The case's home time zone, an IANA name. */
  readonly zone: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** SHA-256 of the graph. */
  readonly digest: string;
  readonly limit: number;
  readonly whole: boolean;
  /** What the graph has; the columns may carry less, and the page then says so. */
  readonly totals: { readonly entities: number; readonly links: number };
  readonly victims_hidden: number;
  readonly community_method: string;
  readonly time: readonly [from: number, to: number] | null;
  /** Links of the whole graph that were seen in each span of `width` seconds from `from` on. */
  readonly histogram: { readonly from: number; readonly width: number; readonly counts: readonly number[] } | null;
  readonly kinds: readonly string[];
  readonly link_kinds: readonly string[];
  readonly countries: readonly string[];
  /** Entities of the whole graph in each country, and links between two countries (indices, a < b), most first. */
  readonly country_sizes: readonly number[];
  readonly flows: readonly (readonly [a: number, b: number, links: number])[];
  readonly country_words: string[];
  readonly roles: readonly string[];
  readonly sources: readonly Source[];
  readonly communities: readonly Community[];
  readonly bundles: Bundles;
  readonly lists: readonly RankedList[];
  readonly entities: Entities;
  readonly links: Links;
  readonly observations: ObservationColumns;
  /** What the server behind it can do; null in a file. */
  readonly explorer: Explorer | null;
}

export interface Explorer {
  readonly read_only: boolean;
  /** Whether named queries can be run: there is a Neo4j server. */
  readonly queries: boolean;
  /** Number of the state of the case that all this is of. */
  readonly snapshot: number;
}

/** More of a graph, as an explorer sends it: here source and target of links are node numbers. */
export interface Fragment {
  /** What its column of that name points into. */
  readonly country_words: readonly string[];
  readonly entities: Entities;
  readonly links: Links;
}

/** A model with the look-ups that drawing and details need. */
export interface Case extends Model {
  /** Position by node number, and by id. */
  readonly byNode: Map<number, number>;
  readonly byId: Map<string, number>;
  readonly linkById: Map<string, number>;
  /** Links carried at each entity. */
  readonly linksOf: number[][];
  /** Members of each community that are carried, strongest first. */
  readonly members: number[][];
}

export function readCase(model: Model): Case {
  const { entities, links } = model;
  const found: Case = {
    ...model,
    byNode: new Map(entities.node.map((node, index) => [node, index])),
    byId: new Map(entities.id.map((id, index) => [id, index])),
    linkById: new Map(links.id.map((id, index) => [id, index])),
    linksOf: entities.id.map(() => []),
    members: model.communities.map(() => []),
  };
  links.id.forEach((_, link) => attach(found, link));
  entities.id.forEach((_, entity) => found.members[entities.community[entity]].push(entity));
  for (const list of found.members) byStrength(found, list);
  return found;
}

/** Take a fragment in; give the positions of its entities, new or known, in its order. */
export function merge(model: Case, fragment: Fragment): number[] {
  const touched = new Set<number>();
  const words = fragment.country_words.map((said) => {
    const known = model.country_words.indexOf(said);
    return known < 0 ? model.country_words.push(said) - 1 : known;
  });
  const positions = fragment.entities.node.map((node, index) => {
    const known = model.byNode.get(node);
    if (known !== undefined) return known;
    const entity = append(model.entities, fragment.entities, index);
    model.entities.country_words[entity] = words[model.entities.country_words[entity]] ?? -1;
    model.byNode.set(node, entity);
    model.byId.set(model.entities.id[entity], entity);
    model.linksOf.push([]);
    const community = model.entities.community[entity];
    model.members[community].push(entity);
    touched.add(community);
    return entity;
  });
  for (const community of touched) byStrength(model, model.members[community]);
  fragment.links.id.forEach((id, index) => {
    const source = model.byNode.get(fragment.links.source[index]);
    const target = model.byNode.get(fragment.links.target[index]);
    if (source === undefined || target === undefined || model.linkById.has(id)) return;
    const link = append(model.links, fragment.links, index);
    model.links.source[link] = source;
    model.links.target[link] = target;
    model.linkById.set(id, link);
    attach(model, link);
  });
  return positions;
}

/** Whether the page carries everything that the graph has. */
export function complete(model: Model): boolean {
  return model.entities.id.length === model.totals.entities && model.links.id.length === model.totals.links;
}

function append<T extends object>(columns: T, more: T, index: number): number {
  const [to, from] = [columns as Record<string, unknown[]>, more as Record<string, unknown[]>];
  for (const name of Object.keys(to)) to[name].push(from[name][index]);
  return to.id.length - 1;
}

function attach(model: Case, link: number): void {
  const [source, target] = [model.links.source[link], model.links.target[link]];
  model.linksOf[source].push(link);
  if (target !== source) model.linksOf[target].push(link);
}

function byStrength(model: Model, list: number[]): void {
  list.sort((a, b) => model.entities.strength[b] - model.entities.strength[a] || a - b);
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
