/**
 * What is drawn: never more than the model's limit of things, whatever the size of the case.
 *
 * If all that passes the filters fits, all of it is drawn. Otherwise the picture shows communities, and
 * entities one by one where they were asked for (a group, a path, a neighbourhood) or where their community
 * is open, strongest first, as far as there is room. Whatever is left out is counted, so that the page can say so.
 */

import type { Overview } from "./backend";
import { crossesBorder, type Case } from "./data";
import type { Passing, State } from "./state";

export interface Bundle {
  /** Keys of the two ends: "e12" an entity, "c3" a community, "g0" a group. */
  readonly a: string;
  readonly b: string;
  readonly links: number;
  readonly crossing: boolean;
}

export interface OpenCommunity {
  readonly index: number;
  readonly drawn: number;
  readonly passing: number;
}

export interface DrawnGroup {
  readonly index: number;
  /** Members that pass the filters. */
  readonly members: readonly number[];
}

export interface Picture {
  readonly entities: readonly number[];
  readonly links: readonly number[];
  readonly groups: readonly DrawnGroup[];
  /** Closed communities: index and how many of their members pass the filters. */
  readonly closed: readonly (readonly [index: number, passing: number])[];
  readonly open: readonly OpenCommunity[];
  readonly bundles: readonly Bundle[];
  /** Communities, links between communities, and entities asked for, for which there was no room. */
  readonly closedLeftOut: number;
  readonly bundlesLeftOut: number;
  readonly wantedLeftOut: number;
  readonly whole: boolean;
}

/** Parts of the limit kept for closed communities, and for the links between them. */
const FOR_CLOSED = 0.2;
const FOR_BUNDLES = 0.15;
/** Closed communities, and lines, that are drawn at most: more are neither read nor drawn quickly. */
const CIRCLES = 300;
const LINES = 400;

export function picture(model: Case, passes: Passing, overview: Overview, state: State): Picture {
  const groupOf = groups(model, state);
  const drawnGroups = state.edits.groups
    .map(({ members }, index) => ({ index, members: members.flatMap((id) => passing(model, passes, id)) }))
    .filter((group) => group.members.length);
  const all = passes.entityCount === overview.entities && passes.linkCount === overview.links;
  if (all && passes.entityCount + passes.linkCount <= model.limit) return everything(model, passes, groupOf, drawnGroups);

  const { sizes } = overview;
  const bySize = model.communities.map((_, index) => index).filter((index) => sizes[index] > 0);
  bySize.sort((a, b) => sizes[b] - sizes[a] || a - b);
  const kept = Math.min(bySize.length, Math.floor(model.limit * FOR_CLOSED));
  const drawing = new Drawing(model, passes, groupOf, model.limit - kept - Math.floor(model.limit * FOR_BUNDLES) - drawnGroups.length);

  const wanted = [...state.wanted].filter((entity) => passes.entities[entity] && groupOf[entity] < 0);
  const wantedDrawn = wanted.filter((entity) => drawing.add(entity)).length;
  const open: OpenCommunity[] = [];
  for (const community of state.open) {
    if (!sizes[community]) continue;
    const mark = drawing.mark();
    drawing.room -= 1;
    const members = model.members[community].filter((entity) => passes.entities[entity] && groupOf[entity] < 0);
    let drawn = 0;
    for (const entity of members) {
      if (!drawing.add(entity)) break;
      drawn++;
    }
    if (open.length && drawn < members.length) {
      drawing.back(mark);
      break;
    }
    const grouped = model.members[community].length - members.length ? model.members[community].filter((entity) => passes.entities[entity] && groupOf[entity] >= 0).length : 0;
    open.push({ index: community, drawn: drawn + grouped, passing: sizes[community] });
  }

  const isOpen = new Set(open.map((one) => one.index));
  const candidates = bySize.filter((index) => !isOpen.has(index));
  const free = model.limit - drawing.entities.length - drawing.links.length - open.length - drawnGroups.length;
  const closed = candidates.slice(0, Math.max(0, Math.min(CIRCLES, Math.floor(free * 0.6))));
  const shown = new Set([...closed, ...isOpen]);
  const ranked = bundles(model, passes, overview, drawing, groupOf, shown);
  const lines = ranked.slice(0, Math.max(0, Math.min(LINES, free - closed.length)));
  return {
    entities: drawing.entities,
    links: drawing.links,
    groups: drawnGroups,
    closed: closed.map((index) => [index, sizes[index]] as const),
    open,
    bundles: lines,
    closedLeftOut: candidates.length - closed.length,
    bundlesLeftOut: ranked.length - lines.length + overview.bundlesCut,
    wantedLeftOut: wanted.length - wantedDrawn,
    whole: false,
  };
}

/** Entities drawn one by one, with the links among them, while there is room. */
class Drawing {
  readonly entities: number[] = [];
  readonly links: number[] = [];
  readonly drawn: Uint8Array;
  room: number;
  private readonly model: Case;
  private readonly passes: Passing;
  private readonly groupOf: Int32Array;

  constructor(model: Case, passes: Passing, groupOf: Int32Array, room: number) {
    this.model = model;
    this.passes = passes;
    this.groupOf = groupOf;
    this.room = room;
    this.drawn = new Uint8Array(passes.entities.length);
  }

  add(entity: number): boolean {
    const { drawn, model, passes } = this;
    if (drawn[entity] || this.groupOf[entity] >= 0) return true;
    drawn[entity] = 1;
    const own = model.linksOf[entity].filter((link) => passes.links[link] && drawn[model.links.source[link]] && drawn[model.links.target[link]]);
    if (own.length + 1 > this.room) {
      drawn[entity] = 0;
      return false;
    }
    this.entities.push(entity);
    this.links.push(...own);
    this.room -= own.length + 1;
    return true;
  }

  mark(): readonly [entities: number, links: number, room: number] {
    return [this.entities.length, this.links.length, this.room];
  }

  /** Take back what was added since a mark. */
  back([entities, links, room]: readonly [entities: number, links: number, room: number]): void {
    for (const entity of this.entities.splice(entities)) this.drawn[entity] = 0;
    this.links.length = links;
    this.room = room;
  }
}

/** Lines that stand for several links, most links first. */
function bundles(model: Case, passes: Passing, overview: Overview, drawing: Drawing, groupOf: Int32Array, shown: ReadonlySet<number>): Bundle[] {
  // Links of a pair of communities that are drawn in another way are taken off the line between the two.
  const rest = new Map(overview.bundles.map((one) => [`${one.a} ${one.b}`, { ...one }]));
  const lines = new Lines();
  const { source, target } = model.links;
  for (let link = 0; link < passes.links.length; link++) {
    if (!passes.links[link]) continue;
    const [a, b] = [source[link], target[link]];
    const alone = [drawing.drawn[a] || groupOf[a] >= 0, drawing.drawn[b] || groupOf[b] >= 0];
    if (!alone[0] && !alone[1]) continue;
    const [inner, outer] = [model.entities.community[a], model.entities.community[b]];
    const pair = rest.get(inner < outer ? `${inner} ${outer}` : `${outer} ${inner}`);
    if (pair && inner !== outer) pair.links -= 1;
    if (drawing.drawn[a] && drawing.drawn[b]) continue;
    const end = (entity: number, own: number): string | null =>
      groupOf[entity] >= 0 ? `g${groupOf[entity]}` : drawing.drawn[entity] ? `e${entity}` : shown.has(own) ? `c${own}` : null;
    const [from, to] = [end(a, inner), end(b, outer)];
    // A member of an open community and what is not drawn of the same: the circle says it.
    if (!from || !to || from === to || (inner === outer && (from.startsWith("c") || to.startsWith("c")))) continue;
    lines.add(from, to, crossesBorder(model, link));
  }
  for (const { a, b, links, crossing } of rest.values()) {
    if (links > 0 && shown.has(a) && shown.has(b)) lines.add(`c${a}`, `c${b}`, crossing, links);
  }
  return lines.ranked();
}

class Lines {
  private readonly found = new Map<string, { a: string; b: string; links: number; crossing: boolean }>();

  add(from: string, to: string, crossing: boolean, links = 1): void {
    const [a, b] = [from, to].sort();
    const key = `${a} ${b}`;
    const line = this.found.get(key) ?? { a, b, links: 0, crossing: false };
    line.links += links;
    line.crossing ||= crossing;
    this.found.set(key, line);
  }

  ranked(): Bundle[] {
    return [...this.found.values()].sort((a, b) => b.links - a.links || (a.a + a.b < b.a + b.b ? -1 : 1));
  }
}

/** The group that each entity is in; -1 for none. */
function groups(model: Case, state: State): Int32Array {
  const groupOf = new Int32Array(model.entities.id.length).fill(-1);
  state.edits.groups.forEach(({ members }, index) => {
    for (const id of members) {
      const entity = model.byId.get(id);
      if (entity !== undefined) groupOf[entity] = index;
    }
  });
  return groupOf;
}

function passing(model: Case, passes: Passing, id: string): number[] {
  const entity = model.byId.get(id);
  return entity !== undefined && passes.entities[entity] ? [entity] : [];
}

function everything(model: Case, passes: Passing, groupOf: Int32Array, drawnGroups: readonly DrawnGroup[]): Picture {
  const indices = (flags: Uint8Array): number[] => Array.from(flags.keys()).filter((index) => flags[index]);
  const lines = new Lines();
  const { source, target } = model.links;
  const links = indices(passes.links).filter((link) => {
    const [a, b] = [groupOf[source[link]], groupOf[target[link]]];
    if (a < 0 && b < 0) return true;
    if (a !== b) lines.add(a < 0 ? `e${source[link]}` : `g${a}`, b < 0 ? `e${target[link]}` : `g${b}`, crossesBorder(model, link));
    return false;
  });
  return {
    entities: indices(passes.entities).filter((entity) => groupOf[entity] < 0),
    links,
    groups: drawnGroups,
    closed: [],
    open: [],
    bundles: lines.ranked(),
    closedLeftOut: 0,
    bundlesLeftOut: 0,
    wantedLeftOut: 0,
    whole: true,
  };
}
