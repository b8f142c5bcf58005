/** What the picture shows, as records that can be drawn without Cytoscape: what, where, and how it is marked. */

import type { App } from "./app";
import { crossesBorder, nameOf } from "./data";
import * as texts from "./texts";
import { short, visible } from "./unicode";

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface SceneNode {
  readonly what: "entity" | "closed" | "open" | "group";
  readonly at: Place;
  readonly radius: number;
  /** Lines of its label, harmless to show. */
  readonly label: readonly string[];
  /** Index; -1 for what is no entity. */
  readonly kind: number;
  readonly strength: number;
  readonly role: string;
  /** Members by kind, as parts of one. */
  readonly shares: readonly number[];
  readonly crosses: boolean;
  readonly faded: boolean;
  readonly pinned: boolean;
  /** Number of its note; 0 for none. */
  readonly note: number;
  readonly onPath: boolean;
}

export interface SceneLine {
  readonly from: SceneNode;
  readonly to: SceneNode;
  /** Index; -1 for a line that stands for several links. */
  readonly kind: number;
  readonly links: number;
  readonly crossing: boolean;
  readonly onPath: boolean;
  /** How far its middle is from the straight line, to the right of its way, where several links join the same two. */
  readonly bend: number;
}

export interface Scene {
  readonly kinds: readonly string[];
  readonly linkKinds: readonly string[];
  /** Kinds of entities that occur: their places here, from 1, are their numbers in print. */
  readonly occurring: readonly number[];
  readonly nodes: readonly SceneNode[];
  readonly lines: readonly SceneLine[];
  /** Ids of entities with a note, in the order of their numbers. */
  readonly noted: readonly string[];
}

/** Where something is drawn now, and whether it is on a path that was asked for; null where it is not drawn. */
export type Drawn = (key: string) => { readonly at: Place; readonly onPath: boolean } | null;

const RADIUS = 12;
const BEND = 26;
const LABEL_LENGTH = 26;

export function sceneOf({ model, picture, passes, state }: Pick<App, "model" | "picture" | "passes" | "state">, drawn: Drawn): Scene {
  const { entities: e, links: l } = model;
  const nodes = new Map<string, SceneNode>();
  const noted: string[] = [];
  const add = (key: string, node: Partial<SceneNode> & Pick<SceneNode, "what" | "radius" | "label">): void => {
    const found = drawn(key);
    if (found) nodes.set(key, { kind: -1, strength: 0, role: "", shares: [], crosses: false, faded: false, pinned: false, note: 0, ...node, ...found });
  };
  for (const { index } of picture.open) add(`c${index}`, { what: "open", radius: model.communities[index].radius + 30, label: [texts.community(model, index)] });
  for (const [index, passing] of picture.closed) {
    const { radius, kinds, size, number, crossings } = model.communities[index];
    const label = [number ? `C${number}` : texts.community(model, index), texts.n(passing)];
    add(`c${index}`, { what: "closed", radius, label, shares: kinds.map((count) => count / size), crosses: crossings > 0 });
  }
  for (const { index, members } of picture.groups) {
    add(`g${index}`, { what: "group", radius: 30, label: [short(visible(state.edits.groups[index].name), LABEL_LENGTH), texts.n(members.length)] });
  }
  for (const entity of picture.entities) {
    const hasNote = state.edits.notes.has(e.id[entity]);
    if (hasNote) noted.push(e.id[entity]);
    add(`e${entity}`, {
      what: "entity",
      radius: RADIUS,
      label: [short(visible(nameOf(model, entity)), LABEL_LENGTH)],
      kind: e.kind[entity],
      strength: e.strength[entity],
      role: model.roles[e.role[entity]] ?? "",
      faded: !passes.degree[entity],
      pinned: state.edits.pinned.has(e.id[entity]),
      note: hasNote ? noted.length : 0,
    });
  }
  const lines: SceneLine[] = [];
  const join = (key: string, a: string, b: string, line: Omit<SceneLine, "from" | "to" | "bend" | "onPath">, bend = 0): void => {
    const [from, to] = [nodes.get(a), nodes.get(b)];
    if (from && to) lines.push({ ...line, from, to, bend, onPath: drawn(key)?.onPath ?? false });
  };
  for (const { a, b, links, crossing } of picture.bundles) join(`b${a} ${b}`, a, b, { kind: -1, links, crossing });
  const between = new Map<string, number[]>();
  for (const link of picture.links) {
    const pair = [l.source[link], l.target[link]].sort((a, b) => a - b).join(" ");
    between.set(pair, [...(between.get(pair) ?? []), link]);
  }
  for (const links of between.values()) {
    links.forEach((link, at) => {
      // The same side for both directions, seen from the entity that comes first.
      const side = l.source[link] < l.target[link] ? 1 : -1;
      const bend = side * (at - (links.length - 1) / 2) * BEND;
      join(`l${link}`, `e${l.source[link]}`, `e${l.target[link]}`, { kind: l.kind[link], links: 1, crossing: crossesBorder(model, link) }, bend);
    });
  }
  const all = [...nodes.values()];
  const occurring = model.kinds.map((_, kind) => kind).filter((kind) => all.some((node) => node.kind === kind || node.shares[kind] > 0));
  return { kinds: model.kinds, linkKinds: model.link_kinds, occurring, nodes: all, lines, noted };
}
