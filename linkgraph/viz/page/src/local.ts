/** The backend of a file: everything is answered from the columns it carries. */

import type { App } from "./app";
import type { Backend, Hit, Observation, Overview } from "./backend";
import { complete, crossesBorder, nameOf, otherEnd, valueOf, type Case } from "./data";
import { shortest } from "./shortest";
import { noEdits, passing, unfiltered, type Filters } from "./state";
import { folded } from "./unicode";

export function localBackend(model: Case, app: () => App): Backend {
  let texts: string[] | null = null;
  let order: number[] = [];
  const prepared = (): string[] => {
    if (texts) return texts;
    order = model.entities.id.map((_, index) => index);
    order.sort((a, b) => model.entities.strength[b] - model.entities.strength[a] || a - b);
    texts = model.entities.id.map((id, index) => haystack(model, id, index));
    return texts;
  };
  return {
    remote: false,
    async search(text, limit) {
      const [sought, all] = [folded(text.trim()), prepared()];
      const found = order.filter((index) => all[index].includes(sought));
      return { total: found.length, hits: found.slice(0, limit).map((entity) => hit(model, entity)) };
    },
    hold: async ({ entity }) => entity,
    async expand(entity, limit) {
      const { strength } = model.entities;
      const around = [...new Set(model.linksOf[entity].map((link) => otherEnd(model, link, entity)))].filter((one) => one !== entity);
      around.sort((a, b) => strength[b] - strength[a] || a - b);
      const notCarried = Math.max(0, model.entities.degree[entity] - model.linksOf[entity].length);
      return { entities: around.slice(0, limit), left: Math.max(0, around.length - limit) + notCarried };
    },
    open: async () => undefined,
    path: async (from, to) => shortest(model, app().passes, from, to),
    observations: async (entity) => observations(model, entity),
    overview: async (filters) => overview(model, filters),
  };
}

/** What an entity is found by; one that is masked, not by what the mask hides. */
function haystack(model: Case, id: string, index: number): string {
  const masked = model.entities.masked[index];
  return (masked === null ? [folded(model.entities.label[index]), folded(valueOf(model, index)), id] : [masked, id]).join("\n");
}

function hit(model: Case, entity: number): Hit {
  return { entity, node: model.entities.node[entity], name: nameOf(model, entity), kind: model.entities.kind[entity] };
}

function observations(model: Case, entity: number): { rows: Observation[]; total: number; untimed: number } {
  const own = new Set(model.linksOf[entity]);
  const { link, first, last, offset, source, row } = model.observations;
  const rows: Observation[] = [];
  link.forEach((of, at) => {
    if (!own.has(of)) return;
    const other = otherEnd(model, of, entity);
    rows.push({
      first: first[at],
      last: last[at],
      offset: offset[at],
      linkKind: model.links.kind[of],
      outgoing: model.links.source[of] === entity,
      other: nameOf(model, other),
      otherEntity: other,
      source: source[at],
      row: row[at],
    });
  });
  rows.sort((a, b) => a.first - b.first || a.source - b.source || a.row - b.row);
  const count = (links: readonly number[]): number => links.reduce((sum, one) => sum + model.links.count[one], 0);
  const untimed = model.linksOf[entity].filter((one) => model.links.first[one] === null && model.links.last[one] === null);
  return { rows, total: count(model.linksOf[entity]), untimed: count(untimed) };
}

function overview(model: Case, filters: Filters): Overview {
  const ofAll = complete(model);
  if (!ofAll && unfiltered(filters)) {
    const { a, b, links, crossing, cut } = model.bundles;
    return {
      sizes: model.communities.map((one) => one.size),
      entities: model.totals.entities,
      links: model.totals.links,
      bundles: a.map((from, index) => ({ a: from, b: b[index], links: links[index], crossing: crossing[index] > 0 })),
      bundlesCut: cut,
      ofAll: true,
    };
  }
  const passes = passing(model, { filters, edits: noEdits() });
  const sizes = new Uint32Array(model.communities.length);
  passes.entities.forEach((pass, entity) => (sizes[model.entities.community[entity]] += pass));
  const bundles = new Map<number, { a: number; b: number; links: number; crossing: boolean }>();
  const { source, target } = model.links;
  for (let link = 0; link < passes.links.length; link++) {
    if (!passes.links[link]) continue;
    const [one, other] = [model.entities.community[source[link]], model.entities.community[target[link]]];
    if (one === other) continue;
    const [a, b] = [Math.min(one, other), Math.max(one, other)];
    const key = a * sizes.length + b;
    const bundle = bundles.get(key) ?? { a, b, links: 0, crossing: false };
    bundle.links += 1;
    bundle.crossing ||= crossesBorder(model, link);
    bundles.set(key, bundle);
  }
  return { sizes, entities: passes.entityCount, links: passes.linkCount, bundles: [...bundles.values()], bundlesCut: 0, ofAll };
}
