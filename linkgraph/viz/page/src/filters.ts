/** What to show: kinds, countries, sources, worth, number of links, one community, a time range. The kinds' rows are the legend too. */

import type { App } from "./app";
import { complete } from "./data";
import { button, evidenceText, h, type Attributes, type Child } from "./dom";
import { lineOf, shapeOf } from "./legend";
import { noFilters, type Filters } from "./state";
import * as texts from "./texts";
import { timeRange } from "./timeslider";
import { folded } from "./unicode";

const COMMUNITIES_LISTED = 200;
/** A list that is longer can be narrowed by a part of a name; of one longer still only the first are on the page. */
const [SHORT, LISTED] = [12, 200];

export interface FilterPanel {
  readonly element: HTMLElement;
  /** Show what the filters now are, after they were changed elsewhere. */
  refresh(): void;
}

interface Row<T> {
  readonly key: T;
  readonly mark?: Element;
  /** What a list is narrowed by, and shown unless something else is. */
  readonly name: string;
  readonly shown?: Child;
  readonly count?: number;
}

export function filterPanel(app: App): FilterPanel {
  const { words } = texts;
  const { model } = app;
  const refreshers: (() => void)[] = [];
  const choices = <T>(id: string, title: string, rows: readonly Row<T>[] | (() => readonly Row<T>[]), offOf: (filters: Filters) => Set<T>, ...more: HTMLElement[]): HTMLElement =>
    section(app, refreshers, { id, title, rows: typeof rows === "function" ? rows : () => rows, offOf, more });

  const crossing = h("input", { type: "checkbox", id: "crossing-only" });
  crossing.addEventListener("change", () => app.act(({ filters }) => (filters.crossingOnly = crossing.checked)));
  refreshers.push(() => (crossing.checked = app.state.filters.crossingOnly));
  const crossingRow = h("label", { class: "choice only", for: "crossing-only" }, crossing, h("span", { class: "name" }, words.crossingOnly));

  const unknown = model.totals.entities - model.country_sizes.reduce((sum, size) => sum + size, 0);
  const countries = model.countries.map((name, key): Row<number> => ({ key, name, count: model.country_sizes[key] }));
  countries.sort((a, b) => (b.count ?? 0) - (a.count ?? 0) || a.key - b.key);
  if (unknown) countries.push({ key: -1, name: words.noCountry, count: unknown });
  const ofKind = model.kinds.map((_, kind) => model.communities.reduce((sum, one) => sum + one.kinds[kind], 0));
  // Of a part no numbers: beside those of the whole case they would be read as such.
  const byLink = complete(model) ? tally(model.links.kind) : null;
  const linkKinds = model.link_kinds.map((kind, key): Row<number> => ({ key, mark: lineOf(kind), name: texts.linkKind(kind), ...(byLink && { count: byLink.get(key) ?? 0 }) }));
  const sources = model.sources.map(({ name, sha256, marking, rows }, key): Row<number> => ({
    key,
    name: `${name} ${sha256} ${marking}`,
    shown: h("span", {}, evidenceText(name), h("span", { class: "quiet source-of" }, h("code", { class: "sha", title: `${words.sha} ${sha256}` }, sha256.slice(0, 12)), ` ${marking}`)),
    count: rows,
  }));
  const markings = [...new Set(model.sources.map((source) => source.marking))].sort();

  const on = h("p", { class: "note", id: "filters-on", role: "status" });
  const clear = button(words.clearFilters, () => app.act(({ filters }) => clearFilters(filters)), { class: "text", id: "clear-filters" });
  refreshers.push(() => {
    const count = switchedOn(app.state.filters);
    on.textContent = count ? words.filtersOn(count) : words.filtersNone;
    const all = app.backend.remote || complete(model);
    if (count && app.passes.entityCount === 0) on.textContent += ` ${all ? words.filtersHideAll : words.filtersHideCarried}`;
    clear.hidden = !count;
  });
  const element = h(
    "div",
    { class: "filters" },
    h("div", { class: "filters-head" }, on, clear),
    choices("kinds", words.entityKinds, model.kinds.map((kind, key) => ({ key, mark: shapeOf(kind), name: texts.kinds(kind), count: ofKind[key] })), (filters) => filters.kindsOff),
    choices("link-kinds", words.linkKinds, linkKinds, (filters) => filters.linkKindsOff),
    choices("countries", words.countries, countries, (filters) => filters.countriesOff, crossingRow),
    choices("grades", words.grades, grades(app), (filters) => filters.gradesOff),
    choices("sources-filter", words.sourcesFilter, sources, (filters) => filters.sourcesOff, h("p", { class: "note" }, words.sourcesHelp)),
    choices("markings", words.markings, markings.map((key) => ({ key, name: key })), (filters) => filters.markingsOff),
    degreeRange(app, refreshers),
    communityChoice(app, refreshers),
    timeSection(app, refreshers),
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

/** Grades of the links that are here, most links first; an explorer fetches more as it goes. */
function grades({ model }: App): () => readonly Row<string>[] {
  let [counted, rows]: [number, readonly Row<string>[]] = [-1, []];
  return () => {
    if (counted === model.links.id.length) return rows;
    counted = model.links.id.length;
    const found = [...tally(model.links.grade.map((grade) => grade ?? ""))].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    const known = complete(model);
    rows = found.map(([key, count]) => ({ key, name: key || texts.words.noGrade, ...(key && { shown: evidenceText(key) }), ...(known && { count }) }));
    return rows;
  };
}

/** A part of the panel that can be folded away; what it keeps away is said in its head too. */
function fold(refreshers: (() => void)[], title: HTMLElement, state: () => string, attributes: Attributes, ...body: HTMLElement[]): HTMLElement {
  const said = h("span", { class: "quiet" });
  refreshers.push(() => (said.textContent = state()));
  return h("details", { class: "group", open: true, ...attributes }, h("summary", {}, title, said), ...body);
}

function timeSection(app: App, refreshers: (() => void)[]): HTMLElement {
  const range = timeRange(app, refreshers);
  range.className = "";
  // Its title becomes the head that folds.
  const title = range.firstElementChild as HTMLElement;
  return fold(refreshers, title, () => (app.state.filters.from === null && app.state.filters.to === null ? "" : texts.words.isSet), {}, range);
}

interface Section<T> {
  readonly id: string;
  readonly title: string;
  /** The same array as long as nothing has changed. */
  readonly rows: () => readonly Row<T>[];
  readonly offOf: (filters: Filters) => Set<T>;
  readonly more: readonly HTMLElement[];
}

function section<T>(app: App, refreshers: (() => void)[], { id, title, rows, offOf, more }: Section<T>): HTMLElement {
  const { words } = texts;
  const list = h("ul", { class: "choices" });
  const narrow = h("input", { type: "search", id: `${id}-narrow`, autocomplete: "off", spellcheck: "false", placeholder: words.narrowHint, "aria-label": words.narrow(title) });
  const note = h("p", { class: "note", role: "status" });
  let all: readonly Row<T>[] = [];
  let matching: readonly Row<T>[] = [];
  let boxes: (readonly [key: T, box: HTMLInputElement])[] = [];

  const choice = (row: Row<T>, index: number): HTMLElement => {
    const box = h("input", { type: "checkbox", id: `${id}-${index}` });
    box.addEventListener("change", () =>
      app.act(({ filters }) => {
        if (box.checked) offOf(filters).delete(row.key);
        else offOf(filters).add(row.key);
      }),
    );
    boxes.push([row.key, box]);
    const count = row.count === undefined ? [] : [h("span", { class: "count" }, texts.n(row.count))];
    return h("li", {}, h("label", { for: box.id, class: "choice" }, box, ...(row.mark ? [row.mark] : []), h("span", { class: "name" }, row.shown ?? row.name), ...count));
  };
  const check = (): void => {
    for (const [key, box] of boxes) box.checked = !offOf(app.state.filters).has(key);
  };
  const fill = (): void => {
    const sought = folded(narrow.value.trim());
    matching = all.filter((row) => folded(row.name).includes(sought));
    boxes = [];
    list.replaceChildren(...matching.slice(0, LISTED).map(choice));
    narrow.hidden = all.length <= SHORT;
    note.textContent = words.narrowed(boxes.length, matching.length, all.length);
    check();
  };
  narrow.addEventListener("input", fill);
  refreshers.push(() => {
    if (rows() === all) return check();
    all = rows();
    fill();
  });
  const set = (on: boolean): void =>
    app.act(({ filters }) => {
      const off = offOf(filters);
      if (matching.length === all.length) off.clear();
      for (const { key } of matching) {
        if (on) off.delete(key);
        else off.add(key);
      }
    });
  return fold(
    refreshers,
    h("h3", {}, title),
    () => words.switchedOff(offOf(app.state.filters).size),
    { id, "aria-label": title },
    h("div", { class: "all-none" }, button(words.all, () => set(true), { class: "text", "aria-label": `${title}: ${words.all}` }), button(words.none, () => set(false), { class: "text", "aria-label": `${title}: ${words.none}` })),
    narrow,
    list,
    note,
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
    for (const [box, value] of [[fewest, filters.fewest], [most, filters.most]] as const) {
      // A drawing, such as a step of playing, does not take away what is being written.
      if (box !== document.activeElement) box.value = value === null ? "" : String(value);
    }
    if (![fewest, most].includes(document.activeElement as HTMLInputElement)) error.textContent = "";
  });
  return fold(
    refreshers,
    h("h3", {}, words.degrees),
    () => (app.state.filters.fewest === null && app.state.filters.most === null ? "" : words.isSet),
    { id: "degrees", "aria-label": words.degrees },
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
    { id: "community", "aria-label": words.community },
    h("option", { value: "" }, words.allCommunities),
    ...listed.map((one, index) => h("option", { value: index }, words.communityOption(texts.community(model, index), one.size))),
  );
  if (listed.length < model.communities.length) {
    select.append(h("option", { disabled: true }, words.smallerLeftOut(model.communities.length - listed.length)));
  }
  select.addEventListener("change", () => app.act(({ filters }) => (filters.community = select.value === "" ? null : Number(select.value))));
  refreshers.push(() => (select.value = app.state.filters.community === null ? "" : String(app.state.filters.community)));
  return fold(refreshers, h("h3", {}, words.community), () => (app.state.filters.community === null ? "" : words.isSet), {}, select, h("p", { class: "note" }, model.community_method));
}
