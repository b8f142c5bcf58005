/** The shortest path between two entities, by links that pass the filters; never through a victim. */

import { otherEnd, type Case } from "./data";
import type { Passing } from "./state";
import type { Route } from "./backend";

/**
 * Breadth-first from the end that comes first in the columns, so that the path reads the same from either; of paths as short, the one whose entities come first in the columns, and of links
 * between the same two the one with most observations. A link that never links leads nowhere.
 */
export function shortest(model: Case, passes: Passing, from: number, to: number): Route | null {
  if (from > to) {
    const back = shortest(model, passes, to, from);
    return back && { entities: [...back.entities].reverse(), links: [...back.links].reverse() };
  }
  const victim = model.roles.indexOf("victim");
  const before = new Map<number, number>([[from, -1]]);
  let front = [from];
  while (front.length && !before.has(to)) {
    const next: number[] = [];
    for (const entity of front.sort((a, b) => a - b)) {
      if (entity !== from && model.entities.role[entity] === victim) continue;
      for (const neighbour of neighbours(model, passes, entity)) {
        if (before.has(neighbour)) continue;
        before.set(neighbour, entity);
        next.push(neighbour);
      }
    }
    front = next;
  }
  if (!before.has(to)) return null;
  const entities = [to];
  while (entities[0] !== from) entities.unshift(before.get(entities[0]) as number);
  const links = entities.slice(1).map((entity, index) => strongestBetween(model, passes, entities[index], entity));
  return { entities, links };
}

export function connects(model: Case, link: number): boolean {
  return !(model.links.grade[link] ?? "").startsWith("never links");
}

function neighbours(model: Case, passes: Passing, entity: number): number[] {
  const found = new Set<number>();
  for (const link of model.linksOf[entity]) if (passes.links[link] && connects(model, link)) found.add(otherEnd(model, link, entity));
  return [...found].sort((a, b) => a - b);
}

function strongestBetween(model: Case, passes: Passing, a: number, b: number): number {
  const between = model.linksOf[a].filter((link) => passes.links[link] && connects(model, link) && otherEnd(model, link, a) === b);
  return between.sort((x, y) => model.links.count[y] - model.links.count[x] || x - y)[0];
}
