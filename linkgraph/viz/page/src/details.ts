/** All that is known of what was clicked, down to source and row. */

import { crossesBorder, nameOf, otherEnd, valueOf, type Case, type Rows } from "./data";
import { button, evidenceText, h, pairs, type Child } from "./dom";
import { lineOf, shapeOf } from "./legend";
import type { State, Thing } from "./state";
import * as texts from "./texts";
import { timeText } from "./time";

const LISTED = 50;

export interface Actions {
  select(thing: Thing): void;
  toggle(community: number): void;
  isOpen(community: number): boolean;
  readonly canOpen: boolean;
  /** What can be done with an entity, and its note: buttons and a field. */
  forEntity(entity: number): HTMLElement[];
  forGroup(group: number): HTMLElement[];
  /** The button that verifies the page; only a file has one. */
  verify(): HTMLElement[];
}

export function details(model: Case, state: State, actions: Actions): HTMLElement[] {
  const thing = state.selected;
  if (!thing) return overview(model, actions);
  if (thing.what === "entity") return entity(model, thing.index, actions);
  if (thing.what === "link") return link(model, thing.index, actions);
  if (thing.what === "community") return community(model, thing.index, actions);
  return group(model, state, thing.index, actions);
}

function overview(model: Case, actions: Actions): HTMLElement[] {
  const { words } = texts;
  return [
    h("h2", { class: "visually-hidden" }, words.details),
    h("p", { class: "hint" }, words.nothingSelected),
    h("h3", {}, words.sourcesOfCase),
    h(
      "ul",
      { class: "sources" },
      ...model.sources.map((source) =>
        h("li", {}, evidenceText(source.name), h("span", { class: "quiet" }, `${source.kind} · ${source.marking}${source.timezone ? ` · ${source.timezone}` : ""}`), shaOf(source.sha256)),
      ),
    ),
    h(
      "details",
      { class: "about" },
      h("summary", {}, words.about),
      pairs([...model.facts.map(([name, value]) => [name, evidenceText(value)] as const), [words.digest, h("code", {}, model.digest)]]),
    ),
    ...actions.verify(),
    h("details", { class: "about" }, h("summary", {}, words.licences), h("pre", {}, licences())),
  ];
}

function licences(): string {
  return JSON.parse(document.getElementById("licences")?.textContent ?? '""') as string;
}

function entity(model: Case, index: number, actions: Actions): HTMLElement[] {
  const { words } = texts;
  const e = model.entities;
  const kind = model.kinds[e.kind[index]];
  const masked = e.masked[index] !== null;
  const title = h("h2", { class: "title" }, shapeOf(kind), evidenceText(nameOf(model, index)));
  const rows: [Child, Child | Child[]][] = [[words.entityKind, texts.kind(kind)]];
  if (!masked) rows.push([words.value, evidenceText(valueOf(model, index))]);
  rows.push([words.id, h("code", {}, e.id[index])]);
  rows.push([words.country, e.country_words[index] >= 0 ? model.country_words[e.country_words[index]] : words.unknown]);
  if (e.role[index] >= 0) rows.push([words.role, model.roles[e.role[index]]]);
  rows.push(...times(e.first[index], e.last[index]));
  rows.push([words.community, communityButton(model, e.community[index], actions)]);
  rows.push([words.linksInAll, texts.n(e.degree[index])]);
  const shown: HTMLElement[] = [title, ...actions.forEntity(index), pairs(rows)];
  if (masked) {
    const reveal = button(words.showName, () => {
      reveal.replaceWith(h("p", {}, evidenceText(e.label[index]), " ", h("span", { class: "quiet" }, valueOf(model, index))));
    });
    shown.splice(1, 0, reveal);
  }
  if (e.statements[index].length && !masked) {
    shown.push(
      h("h3", {}, words.statements),
      h(
        "ul",
        { class: "statements" },
        ...e.statements[index].map(([name, value, basis, source, row]) =>
          h("li", {}, h("span", { class: "quiet" }, name), evidenceText(value), basisOf(model, basis, source, row)),
        ),
      ),
    );
  }
  const links = [...model.linksOf[index]].sort((a, b) => model.links.count[b] - model.links.count[a] || a - b);
  const heard = links.length < e.degree[index] ? words.linksCarried(links.length, e.degree[index]) : `${words.linksTitle} (${texts.n(links.length)})`;
  shown.push(h("h3", {}, heard), longList(links, (one) => linkRow(model, one, index, actions)));
  shown.push(h("h3", {}, words.sourcesTitle), ...evidence(model, links.flatMap((one) => model.links.evidence[one])));
  return shown;
}

function link(model: Case, index: number, actions: Actions): HTMLElement[] {
  const { words } = texts;
  const l = model.links;
  const kind = model.link_kinds[l.kind[index]];
  const [source, target] = [l.source[index], l.target[index]];
  const rows: [Child, Child | Child[]][] = [
    [words.fromEntity, entityButton(model, source, actions)],
    [words.toEntity, entityButton(model, target, actions)],
    [words.countLabel, words.observations(l.count[index])],
  ];
  const weight = l.weight[index];
  if (weight !== null) rows.push([words.weight, String(weight)]);
  const amounts = Object.entries(l.amounts[index] ?? {});
  if (amounts.length) {
    rows.push([words.amounts, amounts.map(([currency, sum]) => h("div", {}, `${sum} ${currency || `(${words.noCurrency})`}`))]);
  }
  rows.push(...times(l.first[index], l.last[index]));
  const [a, b] = [model.entities.country[source], model.entities.country[target]];
  rows.push([words.border, crossesBorder(model, index) ? words.crossing(model.countries[a], model.countries[b]) : words.notCrossing]);
  for (const end of [source, target]) {
    const said = model.entities.country_words[end];
    if (said >= 0) rows.push([words.country, [evidenceText(nameOf(model, end)), `: ${model.country_words[said]}`]]);
  }
  const grade = l.grade[index];
  if (grade) rows.push([words.grade, evidenceText(grade)]);
  rows.push([words.id, h("code", {}, l.id[index])]);
  return [
    h("h2", { class: "title" }, lineOf(kind), texts.linkKind(kind)),
    pairs(rows),
    h("h3", {}, words.sourcesTitle),
    ...evidence(model, l.evidence[index]),
  ];
}

function community(model: Case, index: number, actions: Actions): HTMLElement[] {
  const { words } = texts;
  const { id, size } = model.communities[index];
  const members = model.members[index];
  const kinds = new Map(model.communities[index].kinds.map((count, kind) => [kind, count] as const).filter(([, count]) => count));
  const countries = new Map<number, number>();
  for (const member of members) {
    const country = model.entities.country[member];
    countries.set(country, (countries.get(country) ?? 0) + 1);
  }
  const ranked = (counts: Map<number, number>): [number, number][] => [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const rows: [Child, Child | Child[]][] = [[words.size, texts.entities(size)]];
  if (id) rows.push([words.id, h("code", {}, id)]);
  rows.push([words.entityKinds, ranked(kinds).map(([kind, count]) => h("div", {}, `${texts.n(count)} ${texts.kinds(model.kinds[kind])}`))]);
  rows.push([words.countries, ranked(countries).slice(0, 8).map(([country, count]) => h("div", {}, `${texts.n(count)} ${country < 0 ? words.noCountry : model.countries[country]}`))]);
  rows.push([words.crossings, texts.n(model.communities[index].crossings)]);
  const shown = [h("h2", { class: "title" }, texts.community(model, index)), pairs(rows)];
  if (actions.canOpen) {
    const open = actions.isOpen(index);
    shown.splice(1, 0, button(open ? words.closeCommunity : words.openCommunity, () => actions.toggle(index), { class: open ? "" : "primary", id: "toggle-community" }));
  }
  const title = members.length < size ? words.membersCarried(members.length, size) : words.members;
  shown.push(h("h3", {}, title), longList(members, (member) => h("li", {}, entityButton(model, member, actions))));
  return shown;
}

function group(model: Case, state: State, index: number, actions: Actions): HTMLElement[] {
  const made = state.edits.groups[index];
  if (!made) return [];
  const members = made.members.flatMap((id) => model.byId.get(id) ?? []);
  return [
    h("h2", { class: "title" }, evidenceText(made.name)),
    h("p", { class: "quiet" }, texts.words.groupIs),
    ...actions.forGroup(index),
    h("h3", {}, texts.entities(members.length)),
    longList(members, (member) => h("li", {}, entityButton(model, member, actions))),
  ];
}

function times(first: number | null, last: number | null): [Child, Child][] {
  const { words } = texts;
  return [
    [words.firstSeen, first === null ? words.noTime : timeText(first)],
    [words.lastSeen, last === null ? words.noTime : timeText(last)],
  ];
}

function entityButton(model: Case, index: number, actions: Actions): HTMLElement {
  const content = h("span", { class: "entity" }, shapeOf(model.kinds[model.entities.kind[index]]), evidenceText(nameOf(model, index)));
  return button(content, () => actions.select({ what: "entity", index }), { class: "link-like" });
}

function communityButton(model: Case, index: number, actions: Actions): HTMLElement {
  return button(texts.community(model, index), () => actions.select({ what: "community", index }), { class: "link-like" });
}

function linkRow(model: Case, index: number, entity: number, actions: Actions): HTMLElement {
  const kind = model.link_kinds[model.links.kind[index]];
  const outward = model.links.source[index] === entity;
  const what = h("span", { class: "entity" }, lineOf(kind), `${texts.linkKind(kind)} · ${texts.n(model.links.count[index])}×`);
  return h(
    "li",
    {},
    button(what, () => actions.select({ what: "link", index }), { class: "link-like" }),
    h("span", { class: "direction" }, outward ? "→" : "←"),
    entityButton(model, otherEnd(model, index, entity), actions),
  );
}

function longList(items: readonly number[], row: (item: number) => HTMLElement): HTMLElement {
  const list = h("ul", { class: "links" }, ...items.slice(0, LISTED).map(row));
  if (items.length > LISTED) {
    const more = h("li", {}, button(texts.words.showAll(items.length), () => more.replaceWith(...items.slice(LISTED).map(row))));
    list.append(more);
  }
  return list;
}

/** The rows behind one or several links, source by source; ranges of several links stand one after the other. */
function evidence(model: Case, rows: readonly Rows[]): HTMLElement[] {
  const { words } = texts;
  if (!rows.length) return [h("p", { class: "note" }, words.noEvidence)];
  const bySource = new Map<number, { ranges: string[]; total: number; written: number }>();
  for (const [source, ranges, total, written] of rows) {
    const all = bySource.get(source) ?? { ranges: [], total: 0, written: 0 };
    all.ranges.push(ranges);
    all.total += total;
    all.written += written;
    bySource.set(source, all);
  }
  return [...bySource].sort((a, b) => a[0] - b[0]).map(([source, all]) =>
    h(
      "div",
      { class: "source" },
      h("div", {}, evidenceText(model.sources[source].name), " ", shaOf(model.sources[source].sha256)),
      h("div", { class: "rows" }, words.rows(joined(all.ranges))),
      ...(all.written < all.total ? [h("p", { class: "note" }, words.rowsCut(all.written, all.total))] : []),
    ),
  );
}

/** Ranges of several links in ascending order, each row once. */
function joined(ranges: readonly string[]): string {
  if (ranges.length === 1) return ranges[0].replace(/,/g, ", ").replace(/-/g, "–");
  const spans = ranges.join(",").split(",").map((span) => span.split("-").map(Number));
  const ordered = spans.map((span): [number, number] => [span[0], span[1] ?? span[0]]).sort((a, b) => a[0] - b[0]);
  const result: [number, number][] = [];
  for (const [first, last] of ordered) {
    const previous = result[result.length - 1];
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else result.push([first, last]);
  }
  return result.map(([first, last]) => (first === last ? String(first) : `${first}–${last}`)).join(", ");
}

function basisOf(model: Case, basis: string, source: number, row: number): HTMLElement {
  const { words } = texts;
  if (source < 0) return h("span", { class: "quiet basis" }, basis);
  const { name, sha256 } = model.sources[source];
  return h("span", { class: "quiet basis" }, `${basis}: `, evidenceText(name), ...(row ? [` ${words.row} ${row} `] : [" "]), shaOf(sha256));
}

function shaOf(sha256: string): HTMLElement {
  return h("code", { class: "sha", title: `${texts.words.sha} ${sha256}` }, sha256.slice(0, 12));
}
