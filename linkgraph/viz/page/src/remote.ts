/** The backend of an explorer: what the columns do not have is asked of its server and merged into them. */

import type { Api } from "./api";
import type { App } from "./app";
import type { Backend, Hit, Observation, Observations, Overview, Route } from "./backend";
import { merge, type Case, type Fragment } from "./data";
import type { Filters } from "./state";

/** Entities that the server is told are here already. */
const KNOWN = 5000;
const MEMBERS = 400;

interface OverviewAnswer {
  readonly sizes: readonly number[];
  readonly entities: number;
  readonly links: number;
  readonly bundles: Overview["bundles"];
  readonly bundles_cut: number;
  readonly fragment: Fragment;
}

export function remoteBackend(model: Case, snapshot: number, api: Api, app: () => App): Backend {
  // A change that is none of the filters, such as an entity that is shown, needs no new count.
  let counted: { readonly filters: string; readonly overview: Overview } | null = null;
  // What is drawn must get its links to what comes; after that the strongest, which come first in the columns.
  const known = (): number[] => [...new Set([...app().picture.entities.map(node), ...model.entities.node.slice(0, KNOWN)])].slice(0, KNOWN);
  const node = (entity: number): number => model.entities.node[entity];
  const asked = <T>(path: string, body: object): Promise<T> => api.post<T>(path, { snapshot, ...body });
  const fetched = async (nodes: readonly number[]): Promise<void> => {
    const missing = nodes.filter((one) => !model.byNode.has(one));
    if (missing.length) merge(model, await asked<Fragment>("/api/entities", { nodes: missing, known: known() }));
  };
  return {
    remote: true,
    async search(text, limit) {
      const found = await asked<{ total: number; hits: { node: number; name: string; kind: number }[] }>("/api/search", { text, limit });
      return { total: found.total, hits: found.hits.map((one): Hit => ({ ...one, entity: model.byNode.get(one.node) ?? -1 })) };
    },
    async hold(hit) {
      await fetched([hit.node]);
      return model.byNode.get(hit.node) as number;
    },
    async expand(entity, limit) {
      const found = await asked<{ fragment: Fragment; nodes: number[]; left: number }>("/api/expand", { node: node(entity), limit, known: known() });
      merge(model, found.fragment);
      await fetched(found.nodes);
      return { entities: found.nodes.map((one) => model.byNode.get(one) as number), left: found.left };
    },
    async open(community) {
      merge(model, await asked<Fragment>("/api/community", { community, limit: MEMBERS, known: known() }));
    },
    async path(from, to) {
      const off = [...app().state.filters.linkKindsOff];
      const found = await asked<{ fragment: Fragment | null; nodes: number[] | null; links: string[] | null }>("/api/path", { from: node(from), to: node(to), link_kinds_off: off, known: known() });
      if (!found.fragment || !found.nodes || !found.links) return null;
      merge(model, found.fragment);
      await fetched(found.nodes);
      return routeOf(model, found.nodes, found.links);
    },
    async observations(entity) {
      const found = await asked<{ rows: (Observation & { node: number })[]; total: number; untimed: number }>("/api/observations", { node: node(entity) });
      const rows = found.rows.map((one): Observation => ({ ...one, otherEntity: model.byNode.get(one.node) ?? -1 }));
      return { rows, total: found.total, untimed: found.untimed } satisfies Observations;
    },
    async overview(filters) {
      const asking = written(filters);
      const key = JSON.stringify(asking);
      if (counted?.filters === key) return counted.overview;
      const found = await asked<OverviewAnswer>("/api/overview", { filters: asking, known: known() });
      merge(model, found.fragment);
      const overview = { sizes: found.sizes, entities: found.entities, links: found.links, bundles: found.bundles, bundlesCut: found.bundles_cut, ofAll: true };
      counted = { filters: key, overview };
      return overview;
    },
  };
}

/** Of several links of one hop the one seen most often is followed in the picture. */
function routeOf(model: Case, nodes: readonly number[], links: readonly string[]): Route {
  const entities = nodes.map((one) => model.byNode.get(one) as number);
  const places = links.flatMap((id) => model.linkById.get(id) ?? []);
  const hops = entities.slice(1).map((to, index) => {
    const ends = [entities[index], to].sort((a, b) => a - b).join(" ");
    const between = places.filter((link) => [model.links.source[link], model.links.target[link]].sort((a, b) => a - b).join(" ") === ends);
    return between.sort((a, b) => model.links.count[b] - model.links.count[a] || a - b)[0];
  });
  return { entities, links: hops.filter((link) => link !== undefined) };
}

/** Filters as the server reads them. */
export function written(filters: Filters): object {
  return {
    kinds_off: [...filters.kindsOff],
    link_kinds_off: [...filters.linkKindsOff],
    countries_off: [...filters.countriesOff],
    sources_off: [...filters.sourcesOff],
    markings_off: [...filters.markingsOff],
    grades_off: [...filters.gradesOff],
    community: filters.community,
    fewest: filters.fewest,
    most: filters.most,
    from: filters.from,
    to: filters.to,
    untimed: filters.untimed,
    crossing_only: filters.crossingOnly,
  };
}
