/** What to show: kinds, countries, sources, worth, number of links, one community, a time range. The kinds' rows are the legend too. */

import type { App } from "./app";
import { button, evidenceText, h, type Child } from "./dom";
import { lineOf, shapeOf } from "./legend";
import { noFilters, type Filters } from "./state";
import * as texts from "./texts";
import { timeRange } from "./timeslider";

const COMMUNITIES_LISTED = 200;

export interface FilterPanel {
  readonly element: HTMLElement;
  /** Show what the filters now are, after they were changed elsewhere. */
  refresh(): void;
}

interface Row<T> {
  readonly key: T;
  readonly mark?: Element;
  readonly name: Child;
  readonly count?: number;
}

export function filterPanel(app: App): FilterPanel {
  const { words } = texts;
  const { model } = app;
  const refreshers: (() => void)[] = [];
  const choices = <T>(id: string, title: string, rows: readonly Row<T>[], offOf: (filters: Filters) => Set<T>, ...more: HTMLElement[]): HTMLElement =>
    section(app, refreshers, { id, title, rows, offOf, more });

  const crossing = h("input", { type: "checkbox", id: "crossing-only" });
  crossing.addEventListener("change", () => app.act(({ filters }) => (filters.crossingOnly = crossing.checked)));
  refreshers.push(() => (crossing.checked = app.state.filters.crossingOnly));
  const crossingRow = h("label", { class: "choice only", for: "crossing-only" }, crossing, h("span", { class: "name" }, words.crossingOnly));

  const unknown = model.totals.entities - model.country_sizes.reduce((sum, size) => sum + size, 0);
  const countries = model.countries.map((name, key): Row<number> => ({ key, name, count: model.country_sizes[key] }));
  countries.sort((a, b) => (b.count ?? 0) - (a.count ?? 0) || a.key - b.key);
  if (unknown) countries.push({ key: -1, name: words.noCountry, count: unknown });
  const ofKind = model.kinds.map((_, kind) => model.communities.reduce((sum, one) => sum + one.kinds[kind], 0));
  const byLink = tally(model.links.kind);
  const markings = [...new Set(model.sources.map((source) => source.marking))].sort();
  const byGrade = tally(model.links.grade.map((grade) => grade ?? ""));
  const grades = [...byGrade].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));

  const on = h("p", { class: "note", id: "filters-on", role: "status" });
  const clear = button(words.clearFilters, () => app.act(({ filters }) => clearFilters(filters)), { class: "text", id: "clear-filters" });
  refreshers.push(() => {
    const count = switchedOn(app.state.filters);
    on.textContent = count ? words.filtersOn(count) : words.filtersNone;
    if (count && app.passes.entityCount === 0) on.textContent += ` ${words.filtersHideAll}`;
    clear.hidden = !count;
  });
  const element = h(
    "div",
    { class: "filters" },
    h("div", { class: "filters-head" }, on, clear),
    choices("kinds", words.entityKinds, model.kinds.map((kind, key) => ({ key, mark: shapeOf(kind), name: texts.kinds(kind), count: ofKind[key] })), (filters) => filters.kindsOff),
    choices("link-kinds", words.linkKinds, model.link_kinds.map((kind, key) => ({ key, mark: lineOf(kind), name: texts.linkKind(kind), count: byLink.get(key) ?? 0 })), (filters) => filters.linkKindsOff),
    choices("countries", words.countries, countries, (filters) => filters.countriesOff, crossingRow),
    choices("grades", words.grades, grades.map(([grade, count]) => ({ key: grade, name: grade ? evidenceText(grade) : words.noGrade, count })), (filters) => filters.gradesOff),
    choices("sources-filter", words.sourcesFilter, model.sources.map((source, key) => ({ key, name: evidenceText(source.name), count: source.rows })), (filters) => filters.sourcesOff, h("p", { class: "note" }, words.sourcesHelp)),
    choices("markings", words.markings, markings.map((key) => ({ key, name: key })), (filters) => filters.markingsOff),
    degreeRange(app, refreshers),
    communityChoice(app, refreshers),
    timeRange(app, refreshers),
  );
  const refresh = (): void => refreshers.forEach((one) => one());
  refresh();
  return { element, refresh };
}

/** Set all filters back in place: the panel and the state share the object. */
function clearFilters(filters: Filters): void {
  for (const set of offs(filters)) set.clear();
  const { community, fewest, most, from, to, untimed, crossingOnly } = noFilters();
  Object.assign(filters, { community, fewest, most, from, to, untimed, crossingOnly });
}

/** How many filters keep something away. */
function switchedOn(filters: Filters): number {
  const { community, fewest, most, from, to, crossingOnly } = filters;
  const others = [community !== null, fewest !== null || most !== null, from !== null || to !== null, crossingOnly];
  return offs(filters).filter((set) => set.size).length + others.filter(Boolean).length;
}

function offs(filters: Filters): Set<unknown>[] {
  const { kindsOff, linkKindsOff, countriesOff, sourcesOff, markingsOff, gradesOff } = filters;
  return [kindsOff, linkKindsOff, countriesOff, sourcesOff, markingsOff, gradesOff];
}

function tally<T>(values: readonly T[]): Map<T, number> {
  const found = new Map<T, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return found;
}

interface Section<T> {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly Row<T>[];
  readonly offOf: (filters: Filters) => Set<T>;
  readonly more: readonly HTMLElement[];
}

function section<T>(app: App, refreshers: (() => void)[], { id, title, rows, offOf, more }: Section<T>): HTMLElement {
  const { words } = texts;
  const boxes = rows.map((row, index) => {
    const box = h("input", { type: "checkbox", id: `${id}-${index}` });
    box.addEventListener("change", () =>
      app.act(({ filters }) => {
        if (box.checked) offOf(filters).delete(row.key);
        else offOf(filters).add(row.key);
      }),
    );
    refreshers.push(() => (box.checked = !offOf(app.state.filters).has(row.key)));
    const count = row.count === undefined ? [] : [h("span", { class: "count" }, texts.n(row.count))];
    return h("li", {}, h("label", { for: box.id, class: "choice" }, box, ...(row.mark ? [row.mark] : []), h("span", { class: "name" }, row.name), ...count));
  });
  const set = (all: boolean): void =>
    app.act(({ filters }) => {
      const off = offOf(filters);
      off.clear();
      if (!all) for (const row of rows) off.add(row.key);
    });
  return h(
    "section",
    { class: "group", id, role: "group", "aria-labelledby": `${id}-title` },
    h(
      "div",
      { class: "group-head" },
      h("h3", { id: `${id}-title` }, title),
      h("span", { class: "all-none" }, button(words.all, () => set(true), { class: "text", "aria-label": `${title}: ${words.all}` }), button(words.none, () => set(false), { class: "text", "aria-label": `${title}: ${words.none}` })),
    ),
    h("ul", { class: "choices" }, ...boxes),
    ...more,
  );
}

function degreeRange(app: App, refreshers: (() => void)[]): HTMLElement {
  const { words } = texts;
  const error = h("p", { class: "error", role: "alert", id: "degree-error" });
  const field = (id: string): HTMLInputElement => h("input", { id, type: "number", min: 0, step: 1, inputmode: "numeric", "aria-describedby": "degree-error" });
  const [fewest, most] = [field("fewest"), field("most")];
  const apply = (): void => {
    const [a, b] = [fewest, most].map((one) => (one.value.trim() === "" ? null : Number(one.value)));
    const wrong = [a, b].some((value) => value !== null && (!Number.isInteger(value) || value < 0)) || !fewest.validity.valid || !most.validity.valid;
    error.textContent = wrong ? words.degreeWrong : a !== null && b !== null && b < a ? words.degreeOrder : "";
    if (!error.textContent) app.act(({ filters }) => Object.assign(filters, { fewest: a, most: b }));
  };
  for (const one of [fewest, most]) one.addEventListener("change", apply);
  refreshers.push(() => {
    const { filters } = app.state;
    fewest.value = filters.fewest === null ? "" : String(filters.fewest);
    most.value = filters.most === null ? "" : String(filters.most);
    error.textContent = "";
  });
  return h(
    "section",
    { class: "group", id: "degrees", role: "group", "aria-labelledby": "degrees-title" },
    h("h3", { id: "degrees-title" }, words.degrees),
    h("div", { class: "times" }, h("label", { for: "fewest" }, words.fewest), fewest, h("label", { for: "most" }, words.most), most),
    error,
  );
}

function communityChoice(app: App, refreshers: (() => void)[]): HTMLElement {
  const { words } = texts;
  const { model } = app;
  const listed = model.communities.slice(0, COMMUNITIES_LISTED);
  const select = h(
    "select",
    { id: "community" },
    h("option", { value: "" }, words.allCommunities),
    ...listed.map((one, index) => h("option", { value: index }, words.communityOption(texts.community(model, index), one.size))),
  );
  if (listed.length < model.communities.length) {
    select.append(h("option", { disabled: true }, words.smallerLeftOut(model.communities.length - listed.length)));
  }
  select.addEventListener("change", () => app.act(({ filters }) => (filters.community = select.value === "" ? null : Number(select.value))));
  refreshers.push(() => (select.value = app.state.filters.community === null ? "" : String(app.state.filters.community)));
  return h("section", { class: "group" }, h("h3", {}, h("label", { for: "community" }, words.community)), select, h("p", { class: "note" }, model.community_method));
}
