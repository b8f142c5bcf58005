/**
 * What is drawn: never more than the model's limit of things, whatever the size of the case.
 *
 * If all that passes the filters fits, all of it is drawn. Otherwise the picture shows communities, and
 * of those that are open their members, strongest first, as far as there is room; whatever is left out
 * is counted, so that the page can say so.
 */

import { crossesBorder, type Case } from "./data";
import type { Passing, State } from "./state";

export interface Bundle {
  /** Keys of the two ends: "e12" an entity, "c3" a community. */
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

export interface Picture {
  readonly entities: readonly number[];
  readonly links: readonly number[];
  /** Closed communities: index and how many of their members pass the filters. */
  readonly closed: readonly (readonly [index: number, passing: number])[];
  readonly open: readonly OpenCommunity[];
  readonly bundles: readonly Bundle[];
  /** Communities, and links between communities, for which there was no room. */
  readonly closedLeftOut: number;
  readonly bundlesLeftOut: number;
  readonly whole: boolean;
}

/** Parts of the limit kept for closed communities, and for the links between them. */
const FOR_CLOSED = 0.2;
const FOR_BUNDLES = 0.15;

export function picture(model: Case, passes: Passing, state: State): Picture {
  if (passes.entityCount + passes.linkCount <= model.limit) return everything(passes);

  const sizes = model.communities.map(() => 0);
  passes.entities.forEach((pass, entity) => (sizes[model.entities.community[entity]] += pass));
  const bySize = sizes.map((_, index) => index).filter((index) => sizes[index] > 0);
  bySize.sort((a, b) => sizes[b] - sizes[a] || a - b);

  const drawn = new Uint8Array(passes.entities.length);
  const [entities, links, open] = [[] as number[], [] as number[], [] as OpenCommunity[]];
  const kept = Math.min(bySize.length, Math.floor(model.limit * FOR_CLOSED));
  let room = model.limit - kept - Math.floor(model.limit * FOR_BUNDLES);
  for (const community of state.open) {
    if (!sizes[community]) continue;
    const before = [entities.length, links.length];
    const members = model.members[community].filter((entity) => passes.entities[entity]);
    const ordered = [
      ...members.filter((entity) => state.wanted.has(entity)),
      ...members.filter((entity) => !state.wanted.has(entity)),
    ];
    room -= 1;
    let count = 0;
    for (const entity of ordered) {
      drawn[entity] = 1;
      const own = model.linksOf[entity].filter(
        (link) => passes.links[link] && drawn[model.links.source[link]] && drawn[model.links.target[link]],
      );
      if (own.length + 1 > room) {
        drawn[entity] = 0;
        break;
      }
      entities.push(entity);
      links.push(...own);
      room -= own.length + 1;
      count++;
    }
    if (open.length && count < members.length) {
      for (const entity of entities.splice(before[0])) drawn[entity] = 0;
      links.length = before[1];
      break;
    }
    open.push({ index: community, drawn: count, passing: members.length });
  }

  const isOpen = new Set(open.map((one) => one.index));
  const candidates = bySize.filter((index) => !isOpen.has(index));
  const free = model.limit - entities.length - links.length - open.length;
  const closed = candidates.slice(0, Math.max(0, Math.min(candidates.length, Math.floor(free * 0.6))));
  const shown = new Set(closed);

  const end = (entity: number): string | null => {
    if (drawn[entity]) return `e${entity}`;
    const community = model.entities.community[entity];
    return shown.has(community) || isOpen.has(community) ? `c${community}` : null;
  };
  const bundles = new Map<string, { a: string; b: string; links: number; crossing: boolean }>();
  passes.links.forEach((pass, link) => {
    if (!pass) return;
    const [source, target] = [model.links.source[link], model.links.target[link]];
    if (drawn[source] && drawn[target]) return;
    const [a, b] = [end(source), end(target)].sort();
    if (!a || !b || a === b) return;
    const [inner, outer] = [model.entities.community[source], model.entities.community[target]];
    if (inner === outer) return;
    const key = `${a} ${b}`;
    const bundle = bundles.get(key) ?? { a, b, links: 0, crossing: false };
    bundle.links += 1;
    bundle.crossing ||= crossesBorder(model, link);
    bundles.set(key, bundle);
  });
  const ranked = [...bundles.values()].sort((a, b) => b.links - a.links || (a.a + a.b < b.a + b.b ? -1 : 1));
  const lines = ranked.slice(0, Math.max(0, free - closed.length));
  return {
    entities,
    links,
    closed: closed.map((index) => [index, sizes[index]] as const),
    open,
    bundles: lines,
    closedLeftOut: candidates.length - closed.length,
    bundlesLeftOut: ranked.length - lines.length,
    whole: false,
  };
}

function everything(passes: Passing): Picture {
  const indices = (flags: Uint8Array): number[] => Array.from(flags.keys()).filter((index) => flags[index]);
  return {
    entities: indices(passes.entities),
    links: indices(passes.links),
    closed: [],
    open: [],
    bundles: [],
    closedLeftOut: 0,
    bundlesLeftOut: 0,
    whole: true,
  };
}
