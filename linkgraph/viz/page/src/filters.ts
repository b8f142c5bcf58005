/** What to show: kinds, countries, one community, a time range. The kinds' rows are the legend too. */

import type { Case } from "./data";
import { button, h, svg } from "./dom";
import { lineOf, shapeOf } from "./legend";
import { noFilters, type Filters } from "./state";
import * as texts from "./texts";
import { dayText, readTime, timeText } from "./time";

const COMMUNITIES_LISTED = 200;
const BARS = 48;

export interface FilterPanel {
  readonly element: HTMLElement;
  /** Show what the filters now are, after they were changed elsewhere. */
  refresh(): void;
}

export function filterPanel(model: Case, filters: Filters, changed: () => void): FilterPanel {
  const { words } = texts;
  const refreshers: (() => void)[] = [];

  const choices = (
    id: string,
    title: string,
    rows: readonly { readonly key: number; readonly mark?: Element; readonly name: string; readonly count: number }[],
    off: Set<number>,
    ...more: HTMLElement[]
  ): HTMLElement => {
    const boxes = rows.map((row) => {
      const box = h("input", { type: "checkbox", id: `${id}-${row.key}` });
      box.addEventListener("change", () => {
        if (box.checked) off.delete(row.key);
        else off.add(row.key);
        changed();
      });
      refreshers.push(() => (box.checked = !off.has(row.key)));
      const label = h("label", { for: box.id, class: "choice" }, box, ...(row.mark ? [row.mark] : []), h("span", { class: "name" }, row.name), h("span", { class: "count" }, texts.n(row.count)));
      return h("li", {}, label);
    });
    const set = (all: boolean): void => {
      off.clear();
      if (!all) for (const row of rows) off.add(row.key);
      for (const refresh of refreshers) refresh();
      changed();
    };
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
  };

  const tally = (values: readonly number[]): Map<number, number> => {
    const found = new Map<number, number>();
    for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
    return found;
  };
  const byKind = tally(model.entities.kind);
  const byLink = tally(model.links.kind);
  const byCountry = tally(model.entities.country);

  const crossing = h("input", { type: "checkbox", id: "crossing-only" });
  crossing.addEventListener("change", () => {
    filters.crossingOnly = crossing.checked;
    changed();
  });
  refreshers.push(() => (crossing.checked = filters.crossingOnly));
  const crossingRow = h("label", { class: "choice only", for: "crossing-only" }, crossing, h("span", { class: "name" }, words.crossingOnly));

  const countries = [...byCountry].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const element = h(
    "div",
    { class: "filters" },
    choices("kinds", words.entityKinds, model.kinds.map((kind, key) => ({ key, mark: shapeOf(kind), name: texts.kinds(kind), count: byKind.get(key) ?? 0 })), filters.kindsOff),
    choices("link-kinds", words.linkKinds, model.link_kinds.map((kind, key) => ({ key, mark: lineOf(kind), name: texts.linkKind(kind), count: byLink.get(key) ?? 0 })), filters.linkKindsOff),
    choices("countries", words.countries, countries.map(([key, count]) => ({ key, name: key < 0 ? words.noCountry : model.countries[key], count })), filters.countriesOff, crossingRow),
    communityChoice(model, filters, changed, refreshers),
    timeRange(model, filters, changed, refreshers),
  );
  const refresh = (): void => refreshers.forEach((one) => one());
  refresh();
  return { element, refresh };
}

/** Set all filters back in place: the panel and the state share the object. */
export function clearFilters(filters: Filters): void {
  filters.kindsOff.clear();
  filters.linkKindsOff.clear();
  filters.countriesOff.clear();
  const { community, from, to, untimed, crossingOnly } = noFilters();
  Object.assign(filters, { community, from, to, untimed, crossingOnly });
}

function communityChoice(model: Case, filters: Filters, changed: () => void, refreshers: (() => void)[]): HTMLElement {
  const { words } = texts;
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
  select.addEventListener("change", () => {
    filters.community = select.value === "" ? null : Number(select.value);
    changed();
  });
  refreshers.push(() => (select.value = filters.community === null ? "" : String(filters.community)));
  return h("section", { class: "group" }, h("h3", {}, h("label", { for: "community" }, words.community)), select, h("p", { class: "note" }, model.community_method));
}

function timeRange(model: Case, filters: Filters, changed: () => void, refreshers: (() => void)[]): HTMLElement {
  const { words } = texts;
  const title = h("h3", { id: "time-title" }, words.time);
  if (!model.time) return h("section", { class: "group" }, title, h("p", { class: "note" }, words.noTimes));
  const [start, end] = model.time;
  const error = h("p", { class: "error", role: "alert", id: "time-error" });
  const text = (id: string): HTMLInputElement =>
    h("input", { id, type: "text", inputmode: "numeric", spellcheck: "false", autocomplete: "off", placeholder: words.timeHint, "aria-describedby": "time-error" });
  const slider = (id: string, label: string): HTMLInputElement =>
    h("input", { id, type: "range", min: start, max: end, step: Math.max(1, Math.floor((end - start) / 1000)), "aria-label": label });
  const [from, to] = [text("from"), text("to")];
  const [low, high] = [slider("from-slider", words.from), slider("to-slider", words.to)];
  const bars = activity(model, start, end);

  const apply = (): void => {
    const [a, b] = [from.value.trim() ? readTime(from.value, false) : null, to.value.trim() ? readTime(to.value, true) : null];
    const wrong = (from.value.trim() && a === null) || (to.value.trim() && b === null);
    error.textContent = wrong ? words.timeWrong : a !== null && b !== null && b < a ? words.timeOrder : "";
    if (error.textContent) return;
    filters.from = a;
    filters.to = b;
    place();
    changed();
  };
  const place = (): void => {
    low.value = String(filters.from ?? start);
    high.value = String(filters.to ?? end);
    low.setAttribute("aria-valuetext", timeText(Number(low.value)));
    high.setAttribute("aria-valuetext", timeText(Number(high.value)));
    bars.shade(filters.from ?? start, filters.to ?? end);
  };
  const written = (seconds: number): string => timeText(seconds).slice(0, 16);
  from.addEventListener("change", apply);
  to.addEventListener("change", apply);
  low.addEventListener("input", () => {
    const value = Math.min(Number(low.value), Number(high.value));
    from.value = value <= start ? "" : written(value);
    apply();
  });
  high.addEventListener("input", () => {
    const value = Math.max(Number(low.value), Number(high.value));
    to.value = value + Number(high.step) > end ? "" : written(value);
    apply();
  });
  const untimed = h("input", { type: "checkbox", id: "untimed" });
  untimed.addEventListener("change", () => {
    filters.untimed = untimed.checked;
    changed();
  });
  refreshers.push(() => {
    from.value = filters.from === null ? "" : written(filters.from);
    to.value = filters.to === null ? "" : written(filters.to);
    untimed.checked = filters.untimed;
    error.textContent = "";
    place();
  });
  return h(
    "section",
    { class: "group", role: "group", "aria-labelledby": "time-title" },
    title,
    bars.element,
    h("div", { class: "sliders" }, low, high),
    h("p", { class: "ends" }, h("span", {}, dayText(start)), h("span", {}, dayText(end))),
    h("div", { class: "times" }, h("label", { for: "from" }, words.from), from, h("label", { for: "to" }, words.to), to),
    error,
    h("label", { class: "choice", for: "untimed" }, untimed, h("span", { class: "name" }, words.untimed)),
    h("p", { class: "note" }, words.timeHelp),
  );
}

/** Bars of how many links were first or last seen when. */
function activity(model: Case, start: number, end: number): { element: Element; shade(from: number, to: number): void } {
  const counts = new Array<number>(BARS).fill(0);
  const width = Math.max(1, (end - start + 1) / BARS);
  for (const times of [model.links.first, model.links.last]) {
    for (const time of times) if (time !== null) counts[Math.min(BARS - 1, Math.floor((time - start) / width))] += 1;
  }
  const tallest = Math.max(1, ...counts);
  const bars = counts.map((count, index) => {
    const height = count ? 2 + (30 * count) / tallest : 0;
    return svg("rect", { x: index * 5, y: 32 - height, width: 4, height });
  });
  const element = svg("svg", { class: "activity", viewBox: `0 0 ${BARS * 5 - 1} 32`, preserveAspectRatio: "none", role: "img", "aria-label": texts.words.activity }, ...bars);
  const shade = (from: number, to: number): void =>
    bars.forEach((bar, index) => bar.setAttribute("class", start + (index + 1) * width < from || start + index * width > to ? "out" : "in"));
  return { element, shade };
}
