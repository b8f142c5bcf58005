/** Finding an entity by a part of its name, value or id: a text box with a list, used by keys or mouse. */

import type { App } from "./app";
import type { Hit } from "./backend";
import { complete } from "./data";
import { evidenceText, h } from "./dom";
import { shapeOf } from "./legend";
import * as texts from "./texts";

const LISTED = 30;
/** Milliseconds after the last key before a server is asked. */
const PAUSE = 180;

export interface Finder {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
}

/** The box above the panels: what is chosen is selected in the picture. */
export function searchBox(app: App): HTMLElement {
  const { words } = texts;
  return finder(app, "search", words.search, (entity) => app.select({ what: "entity", index: entity })).element;
}

/**
 * A box that finds one entity, after the combobox of the ARIA Authoring Practices.
 *
 * Its parts are called by `id`: the input itself, and with "-found" and "-note" list and note.
 */
export function finder(app: App, id: string, label: string, choose: (entity: number) => void): Finder {
  const { words } = texts;
  const { model, backend } = app;
  const [listId, noteId] = id === "search" ? ["found", "found-note"] : [`${id}-found`, `${id}-note`];
  const input = h("input", {
    id,
    type: "search",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: words.searchHint,
    "aria-expanded": "false",
    "aria-controls": listId,
    "aria-autocomplete": "list",
  });
  const list = h("ul", { id: listId, class: "found", role: "listbox", "aria-label": words.searchResults, tabindex: -1, hidden: true });
  const note = h("p", { class: "note", id: noteId, role: "status" });
  let results: readonly Hit[] = [];
  let active = -1;
  let asked = 0;
  let waiting = 0;
  /** The answer that Enter waits for, if it is pressed before it is there. */
  let coming: Promise<void> = Promise.resolve();

  const close = (): void => {
    asked++;
    window.clearTimeout(waiting);
    list.hidden = true;
    note.textContent = "";
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  };
  const activate = (position: number): void => {
    active = position;
    Array.from(list.children).forEach((item, index) => {
      item.setAttribute("aria-selected", String(index === active));
      if (index === active) {
        input.setAttribute("aria-activedescendant", item.id);
        item.scrollIntoView({ block: "nearest" });
      }
    });
  };
  const take = async (hit: Hit): Promise<void> => {
    close();
    choose(await backend.hold(hit));
  };
  const show = (hits: readonly Hit[], total: number): void => {
    results = hits;
    list.replaceChildren(
      ...hits.map((hit, index) => {
        const item = h(
          "li",
          { role: "option", id: `${listId}-${index}`, "aria-selected": "false" },
          shapeOf(model.kinds[hit.kind]),
          h("span", { class: "found-text" }, evidenceText(hit.name), h("span", { class: "quiet" }, described(app, hit))),
        );
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          void take(hit);
        });
        return item;
      }),
    );
    list.hidden = !hits.length;
    input.setAttribute("aria-expanded", String(hits.length > 0));
    note.textContent = hits.length ? words.found(hits.length, total) : words.nothingFound;
    if (!backend.remote && !complete(model)) note.textContent += ` ${words.searchedPart(model.entities.id.length, model.totals.entities)}`;
    activate(hits.length && input.value.trim() ? 0 : -1);
  };
  const find = (): void => {
    const turn = ++asked;
    window.clearTimeout(waiting);
    coming = new Promise((done) => {
      const ask = (): void =>
        void backend.search(input.value, LISTED).then(({ hits, total }) => {
          if (turn === asked) show(hits, total);
          done();
        }, done);
      if (backend.remote) waiting = window.setTimeout(ask, PAUSE);
      else ask();
    });
  };

  input.addEventListener("input", find);
  input.addEventListener("focus", find);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter") void coming.then(() => (results[active] ? take(results[active]) : undefined));
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) find();
      else if (results.length) activate((active + (event.key === "ArrowDown" ? 1 : results.length - 1) + (active < 0 && event.key === "ArrowUp" ? 1 : 0)) % results.length);
    } else return;
    event.preventDefault();
  });
  return { input, element: h("div", { class: "search" }, h("label", { for: id }, label), input, note, list) };
}

function described(app: App, hit: Hit): string {
  const { model } = app;
  const kind = texts.kind(model.kinds[hit.kind]);
  if (hit.entity < 0 || model.whole) return kind;
  return `${kind} · ${texts.community(model, model.entities.community[hit.entity])}`;
}
