/** The path between two entities: found, marked in the picture, and told hop by hop. */

import type { App } from "./app";
import type { Route } from "./backend";
import { complete, nameOf, type Case, type Rows } from "./data";
import { button, evidenceText, h, type Child } from "./dom";
import { lineOf, shapeOf } from "./legend";
import { finder, type Finder } from "./search";
import { connects } from "./shortest";
import { passing } from "./state";
import * as texts from "./texts";

export function routePanel(app: App): HTMLElement {
  const { words } = texts;
  const { model } = app;
  const ends: (number | null)[] = [null, null];
  const answer = h("div", { id: "route-answer", role: "status", "aria-live": "polite" });
  const end = (place: 0 | 1, id: string, label: string): HTMLElement => {
    const take = (entity: number): void => {
      ends[place] = entity;
      box.input.value = nameOf(model, entity);
    };
    const box: Finder = finder(app, id, label, take);
    box.input.addEventListener("input", () => (ends[place] = null));
    const use = button(words.useSelected, () => {
      const { selected } = app.state;
      if (selected?.what === "entity") take(selected.index);
      else app.say(words.nothingSelectedYet);
    }, { class: "text", "aria-label": `${label}: ${words.useSelected}` });
    return h("div", { class: "route-end" }, box.element, use);
  };
  const find = async (): Promise<void> => {
    const [from, to] = ends;
    if (from === null || to === null) {
      answer.replaceChildren(h("p", { class: "error" }, words.routeNeeds));
      return;
    }
    const route = await app.backend.path(from, to);
    app.mark(route);
    const none = app.backend.remote ? words.noRouteServer : words.noRoute;
    answer.replaceChildren(...(route ? told(app, route) : [h("p", {}, none)]), ...lookedAt(app));
  };
  const clear = (): void => {
    app.mark(null);
    answer.replaceChildren();
    app.say(words.routeGone);
  };
  return h(
    "div",
    { class: "group" },
    end(0, "route-from", words.from),
    end(1, "route-to", words.to),
    h("div", { class: "acts" }, button(words.findRoute, () => void find(), { id: "find-route", class: "primary" }), button(words.clearRoute, clear, { id: "clear-route" })),
    h("p", { class: "note" }, app.backend.remote ? words.routeHelpServer : words.routeHelp),
    answer,
  );
}

function told(app: App, route: Route): HTMLElement[] {
  const { model } = app;
  // A server looks for paths along kinds of links only; what the other filters hide is said at each step.
  const { links: pass } = passing(model, app.state);
  const hidden = route.links.filter((link) => !pass[link]).length;
  const hops = route.links.map((link, index) => hop(app, route.entities[index], link, !pass[link]));
  const last = h("li", {}, entity(app, route.entities[route.entities.length - 1]));
  const weak = route.links.some((link) => isWeak(model, link));
  return [
    h("p", {}, texts.words.hops(route.links.length)),
    ...(weak ? [h("p", { class: "error" }, texts.words.weakRoute)] : []),
    ...(hidden ? [h("p", { class: "error" }, texts.words.routeHidden(hidden))] : []),
    h("ol", { class: "hops" }, ...hops, last),
  ];
}

/** What a file cannot know: a path over what it does not carry. */
function lookedAt({ model, backend }: App): HTMLElement[] {
  if (backend.remote || complete(model)) return [];
  return [h("p", { class: "note" }, texts.words.routePart(model.links.id.length, model.totals.links))];
}

function hop(app: App, from: number, link: number, hidden: boolean): HTMLElement {
  const { model } = app;
  const kind = model.link_kinds[model.links.kind[link]];
  const forward = model.links.source[link] === from;
  const what = h("span", { class: "entity" }, lineOf(kind), `${texts.linkKind(kind)} ${forward ? "→" : "←"} · ${texts.n(model.links.count[link])}×`);
  const grade = model.links.grade[link];
  return h(
    "li",
    {},
    entity(app, from),
    h(
      "div",
      { class: "hop" },
      button(what, () => app.select({ what: "link", index: link }), { class: "link-like" }),
      ...(grade ? [h("div", { class: "quiet" }, evidenceText(grade))] : []),
      ...(hidden ? [h("div", { class: "error" }, texts.words.hopHidden)] : []),
      ...model.links.evidence[link].map((rows) => h("div", { class: "quiet" }, ...evidence(model, rows))),
    ),
  );
}

function evidence(model: Case, [source, ranges, total, written]: Rows): Child[] {
  const { name, sha256 } = model.sources[source];
  const cut = written < total ? ` (${texts.tables.rowsWritten(written, total)})` : "";
  return [evidenceText(name), " ", h("code", { class: "sha", title: `${texts.words.sha} ${sha256}` }, sha256.slice(0, 12)), ` ${texts.words.rows(ranges.replace(/-/g, "–").replace(/,/g, ", "))}${cut}`];
}

function entity(app: App, index: number): HTMLElement {
  const { model } = app;
  const name = h("span", { class: "entity" }, shapeOf(model.kinds[model.entities.kind[index]]), evidenceText(nameOf(model, index)));
  return button(name, () => app.select({ what: "entity", index }), { class: "link-like" });
}

/** A link that several may share, or that carries no exact time, is a weak step of a path. */
function isWeak(model: Case, link: number): boolean {
  const grade = model.links.grade[link] ?? "";
  return !connects(model, link) || /^(shared address|interval only|no time stated)/.test(grade);
}
