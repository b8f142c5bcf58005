/** The map: entities of each country, and the links between countries; beside it the same as tables. */

import type { App } from "./app";
import { nameOf } from "./data";
import { button, evidenceText, h } from "./dom";
import { counted, keep, kept, linksBetween, pairOf, type Counts } from "./map_counts";
import { atlas, type Atlas } from "./map_drawing";
import { sortedTable } from "./map_tables";
import type { State } from "./state";
import * as texts from "./texts";
import { visible } from "./unicode";

const PAIRS_LISTED = 100;
const LINKS_LISTED = 50;
const NAMES_SAID = 8;

const regions = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });

/** Code and English name; the code alone where it has none. */
function countryName(code: string): string {
  const name = /^[A-Z]{2}$/.test(code) ? regions.of(code) : undefined;
  return name ? `${code} ${name}` : visible(code);
}

export function mapPanel(app: App): HTMLElement {
  const { maps, words } = texts;
  const { model } = app;
  const name = (country: number): string => (country < 0 ? words.noCountry : countryName(model.countries[country]));

  /** One country alone; asked for again, all. With `more`, one is added to those that are on, or taken out. */
  const chooseCountry = (country: number, more: boolean): void =>
    app.act(({ filters }: State) => {
      const on = kept(model, filters);
      const alone = on?.length === 1 && on[0] === country;
      if (!more || !on) keep(model, filters, alone ? null : [country]);
      else keep(model, filters, on.includes(country) ? on.filter((one) => one !== country) : [...on, country]);
    });
  const choosePair = (a: number, b: number): void =>
    app.act(({ filters }: State) => {
      const pair = pairOf(model, filters);
      if (pair && pair[0] === a && pair[1] === b) keep(model, filters, null);
      else keep(model, filters, [a, b], true);
    });
  /** The links of a pair appear elsewhere than where it was chosen: with the next drawing the focus goes there. */
  let opening = false;
  const openPair = (a: number, b: number): void => {
    opening = true;
    choosePair(a, b);
  };

  const drawing: Atlas = atlas(model.countries, name, { country: chooseCountry, flow: openPair });
  const showAll = button(maps.showAll, () => app.act(({ filters }: State) => keep(model, filters, null)), { id: "map-show-all" });
  const tools = h(
    "div",
    { class: "map-tools", role: "group", "aria-label": maps.title },
    button(maps.fit, () => drawing.fit(), { title: maps.fitHelp }),
    button(maps.world, () => drawing.world(), { title: maps.worldHelp }),
    button("+", () => drawing.zoom(1.5), { title: words.zoomIn, "aria-label": words.zoomIn }),
    button("−", () => drawing.zoom(1 / 1.5), { title: words.zoomOut, "aria-label": words.zoomOut }),
  );
  const shown = h("p", { class: "note", id: "map-shown" });
  const scope = h("p", { class: "note", id: "map-scope" });
  const outside = h("p", { class: "note", id: "map-outside" });
  const left = h("p", { class: "note" });
  const countries = sortedTable(maps.countriesTable, [maps.country, maps.entities, maps.crossing], 1, (key, more) => chooseCountry(Number(key), more));
  const pairs = sortedTable(maps.pairsTable, [maps.pair, maps.links], 1, (key) => {
    const [a, b] = key.split(" ").map(Number);
    openPair(a, b);
  });
  const pairsNote = h("p", { class: "note" });
  const between = h("section", { class: "map-links", hidden: true });

  const listLinks = (pair: readonly [number, number] | null): void => {
    between.hidden = !pair;
    if (!pair) return between.replaceChildren();
    const found = linksBetween(model, app.passes, pair);
    const item = (link: number): HTMLElement => {
      const { source, target, kind, count } = model.links;
      const said = h("span", {}, evidenceText(nameOf(model, source[link])), ` – ${texts.linkKind(model.link_kinds[kind[link]])} – `, evidenceText(nameOf(model, target[link])));
      return h("li", {}, button(said, () => app.select({ what: "link", index: link }), { class: "link-like" }), h("span", { class: "count" }, ` ${texts.words.observations(count[link])}`));
    };
    between.replaceChildren(
      h("h3", { tabindex: -1 }, maps.linksBetween(name(pair[0]), name(pair[1]))),
      h("p", { class: "note" }, maps.linksListed(Math.min(LINKS_LISTED, found.length), found.length)),
      h("ul", { class: "links" }, ...found.slice(0, LINKS_LISTED).map(item)),
    );
  };

  const follow = (): void => {
    const { filters } = app.state;
    const counts = counted(model, app.state, app.passes);
    const pair = pairOf(model, filters);
    const on = kept(model, filters);
    const off = (country: number): boolean => filters.countriesOff.has(country);
    drawing.show(counts, { off, only: (country) => on?.length === 1 && on[0] === country, pair });
    showAll.disabled = !on;
    shown.textContent = saidOn(on?.map(name) ?? null, pair && [name(pair[0]), name(pair[1])]);
    const said = !counts.ofAll ? maps.carried(model.entities.id.length) : counts.filtered ? maps.ofAllFiltered : maps.ofAll;
    scope.textContent = on ? `${said} ${maps.offKeep}` : said;
    countries.fill(
      counts.countries.map(({ country, entities, crossing }) => ({
        key: String(country),
        name: name(country),
        pressed: on?.length === 1 && on[0] === country,
        off: off(country) ? maps.off : "",
        numbers: [entities, crossing],
      })),
    );
    const listed = counts.flows.slice(0, PAIRS_LISTED);
    pairs.fill(
      listed.map(({ a, b, links }) => ({
        key: `${a} ${b}`,
        name: maps.between(name(a), name(b)),
        pressed: !!pair && pair[0] === a && pair[1] === b,
        off: off(a) || off(b) ? maps.off : "",
        numbers: [links],
      })),
    );
    pairs.element.hidden = !listed.length;
    pairsNote.textContent = !listed.length ? maps.noCrossing : listed.length < counts.flows.length ? maps.pairsCut(listed.length, counts.flows.length) : "";
    outside.textContent = saidOutside(counts);
    listLinks(pair);
    if (opening) between.querySelector("h3")?.focus();
    opening = false;
  };
  const saidOutside = ({ countries }: Counts): string => {
    if (!countries.some(({ country }) => country >= 0)) return maps.noCountries;
    const unseen = countries.filter(({ country }) => !drawing.has(country));
    return unseen.length ? `${maps.outside}: ${unseen.map(({ country, entities }) => `${name(country)} (${texts.entities(entities)})`).join(", ")}.` : "";
  };
  drawing.onCut((said) => (left.textContent = said));

  app.onDraw(follow);
  return h(
    "div",
    { class: "map", id: "map" },
    h("div", { class: "map-left" }, tools, drawing.element, h("p", { class: "note", id: "map-meaning" }, maps.meaning), drawing.legend, outside, left, h("p", { class: "note" }, maps.shapes)),
    h("div", { class: "map-right" }, showAll, shown, scope, between, countries.element, pairs.element, pairsNote),
  );
}

/** What is left on, in a sentence. */
function saidOn(on: readonly string[] | null, pair: readonly string[] | null): string {
  const { maps } = texts;
  if (!on) return maps.allCountries;
  if (pair) return maps.onlyPair(pair[0], pair[1]);
  return on.length > NAMES_SAID ? maps.most(on.slice(0, NAMES_SAID), on.length - NAMES_SAID) : maps.onlyThese(on);
}
