/** Hubs and leads as the findings have them: whom to look at first, and why. */

import type { App } from "./app";
import { nameOf, type Ranked, type RankedList } from "./data";
import { button, evidenceText, h } from "./dom";
import { shapeOf } from "./legend";
import * as texts from "./texts";

export function listsPanel(app: App): HTMLElement {
  const { words } = texts;
  const panel = h("div", { class: "rankings" }, ...app.model.lists.map((list) => ranking(app, list)));
  if (!app.model.lists.length) panel.append(h("p", { class: "note" }, words.noLists));
  const follow = (): void => {
    const { selected } = app.state;
    for (const item of panel.querySelectorAll("[data-entity]")) {
      const current = selected?.what === "entity" && item.getAttribute("data-entity") === String(selected.index);
      if (current) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    }
  };
  app.onSelect(follow);
  return panel;
}

function ranking(app: App, list: RankedList): HTMLElement {
  const { words } = texts;
  const title = words.rankings[list.name];
  return h(
    "section",
    { class: "group", id: list.name, "aria-labelledby": `${list.name}-title` },
    h("h3", { id: `${list.name}-title` }, title.name),
    h("p", { class: "note" }, title.help),
    list.entries.length ? h("ol", { class: "ranking" }, ...list.entries.map((one) => place(app, one, title.score))) : h("p", { class: "note" }, evidenceText(list.headline)),
  );
}

function place(app: App, one: Ranked, score: string): HTMLElement {
  const { model } = app;
  const name = h("span", { class: "entity" }, shapeOf(model.kinds[model.entities.kind[one.entity]]), evidenceText(nameOf(model, one.entity)));
  return h(
    "li",
    { "data-entity": one.entity },
    button(name, () => app.select({ what: "entity", index: one.entity }), { class: "link-like" }),
    h("span", { class: "count" }, ` ${score} ${texts.n(one.score)}`),
    h("details", {}, h("summary", {}, texts.words.why), h("ul", { class: "reasons" }, ...one.reasons.map((reason) => h("li", {}, evidenceText(reason))))),
  );
}
