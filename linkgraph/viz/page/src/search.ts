/** Finding an entity by a part of its name, value or id: a text box with a list, used by keys or mouse. */

import { nameOf, valueOf, type Case } from "./data";
import { evidenceText, h } from "./dom";
import { shapeOf } from "./legend";
import * as texts from "./texts";
import { folded } from "./unicode";

const LISTED = 30;

export function searchBox(model: Case, choose: (entity: number) => void): HTMLElement {
  const { words } = texts;
  const haystack = model.entities.id.map((id, index) =>
    [folded(model.entities.label[index]), folded(valueOf(model, index)), id, model.entities.masked[index] ?? ""].join("\n"),
  );
  const byStrength = model.entities.id.map((_, index) => index);
  byStrength.sort((a, b) => model.entities.strength[b] - model.entities.strength[a] || a - b);

  const input = h("input", {
    id: "search",
    type: "search",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: words.searchHint,
    "aria-expanded": "false",
    "aria-controls": "found",
    "aria-autocomplete": "list",
  });
  const list = h("ul", { id: "found", role: "listbox", "aria-label": words.searchResults, hidden: true });
  const note = h("p", { class: "note", id: "found-note", role: "status" });
  let results: number[] = [];
  let active = -1;

  const close = (): void => {
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
  const take = (entity: number): void => {
    close();
    choose(entity);
  };
  const find = (): void => {
    const sought = folded(input.value.trim());
    const all = byStrength.filter((index) => haystack[index].includes(sought));
    results = all.slice(0, LISTED);
    list.replaceChildren(
      ...results.map((entity, index) => {
        const item = h(
          "li",
          { role: "option", id: `found-${index}`, "aria-selected": "false" },
          shapeOf(model.kinds[model.entities.kind[entity]]),
          h(
            "span",
            { class: "found-text" },
            evidenceText(nameOf(model, entity)),
            h("span", { class: "quiet" }, texts.kind(model.kinds[model.entities.kind[entity]])),
          ),
        );
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          take(entity);
        });
        return item;
      }),
    );
    list.hidden = !results.length;
    input.setAttribute("aria-expanded", String(results.length > 0));
    note.textContent = results.length ? words.found(results.length, all.length) : words.nothingFound;
    activate(results.length && sought ? 0 : -1);
  };

  input.addEventListener("input", find);
  input.addEventListener("focus", find);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && results[active] !== undefined) take(results[active]);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) find();
      else activate((active + (event.key === "ArrowDown" ? 1 : results.length - 1) + (active < 0 && event.key === "ArrowUp" ? 1 : 0)) % results.length);
    } else return;
    event.preventDefault();
  });
  return h("div", { class: "search" }, h("label", { for: "search" }, words.search), input, note, list);
}
