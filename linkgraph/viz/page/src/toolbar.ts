/** The buttons above the picture. */

import { button, h } from "./dom";
import { download } from "./download";
import * as edits from "./edits";
import { savePng } from "./png";
import { printChart } from "./print";
import type { Session } from "./session";
import { saveSvg } from "./svg";
import * as texts from "./texts";
import { read, saved } from "./view";

interface Toolbar {
  readonly element: HTMLElement;
  readonly acts: Acts;
}

/** What buttons and keys do alike. */
export interface Acts {
  hide(): void;
  pin(): void;
  group(): void;
  annotate(): void;
  reset(): void;
}

export function toolbar(session: Session, theme: { toggle(): void }, help: HTMLDialogElement): Toolbar {
  const { words } = texts;
  const { model, state, view } = session;
  const needed = (fewest: number, sentence: string): number[] => {
    const found = edits.subjects(model, state);
    if (found.length < fewest) session.say(sentence);
    return found.length < fewest ? [] : found;
  };
  const acts: Acts = {
    hide: () => {
      const found = needed(1, words.nothingSelectedYet);
      if (!found.length) return;
      session.act((now) => {
        edits.hide(model, now, found);
        now.chosen.clear();
      });
      session.select(null);
      session.say(texts.left.hidden(state.edits.hidden.size));
    },
    pin: () => {
      const found = needed(1, words.nothingSelectedYet);
      const all = found.every((entity) => state.edits.pinned.has(model.entities.id[entity]));
      if (!found.length) return;
      session.act((now) =>
        edits.pin(model, now, found, (entity) => {
          const drawn = view.cy.getElementById(`e${entity}`);
          return all || !drawn.length ? null : { x: Math.round(drawn.position().x), y: Math.round(drawn.position().y) };
        }),
      );
    },
    group: () => {
      const found = needed(2, words.groupNeeds);
      if (!found.length) return;
      session.act((now) => {
        edits.group(model, now, found, words.groupName(now.edits.groups.length + 1));
        now.selected = { what: "group", index: now.edits.groups.length - 1 };
        now.chosen.clear();
      });
      session.tell();
    },
    annotate: () => {
      const field = document.getElementById("note");
      field?.closest("details")?.setAttribute("open", "");
      if (field) field.focus();
      else session.say(words.nothingSelectedYet);
    },
    reset: () => session.reset(),
  };

  const opened = h("input", { type: "file", id: "open-view", accept: ".json,application/json", class: "visually-hidden", tabindex: -1, "aria-label": words.viewOpen });
  opened.addEventListener("change", async () => {
    const file = opened.files?.[0];
    opened.value = "";
    if (file) openView(session, await file.text());
  });
  const saveView = (): void => {
    const camera = { zoom: view.cy.zoom(), pan: { ...view.cy.pan() } };
    download(new Blob([`${JSON.stringify(saved(model, state, camera), null, 1)}\n`], { type: "application/json" }), "linkgraph-view.json");
  };
  const undo = button(words.undo, () => session.undo(), { id: "undo", title: "Ctrl+Z" });
  const redo = button(words.redo, () => session.redo(), { id: "redo", title: "Ctrl+Y" });
  const closeAll = button(words.closeAll, () => session.closeAll(), { id: "close-all", hidden: true });
  const shown = button("", () => session.act(edits.showAgain), { id: "show-hidden", hidden: true });
  const pinned = (): boolean => {
    const found = edits.subjects(model, state);
    return found.length > 0 && found.every((entity) => state.edits.pinned.has(model.entities.id[entity]));
  };
  const pin = button(words.pin, acts.pin, { id: "pin", title: words.pinHelp });
  const name = (): void => void (pin.textContent = pinned() ? words.unpin : words.pin);
  session.onSelect(name);
  session.onDraw(() => {
    name();
    undo.disabled = !session.history.canUndo;
    redo.disabled = !session.history.canRedo;
    closeAll.hidden = session.picture.whole || !(session.picture.open.length || session.picture.entities.length);
    shown.hidden = !state.edits.hidden.size;
    shown.textContent = words.showHidden(state.edits.hidden.size);
  });
  const element = h(
    "div",
    { class: "tools", role: "toolbar", "aria-label": words.picture },
    button(words.fit, () => view.fit(), { id: "fit", title: words.fitHelp }),
    button("+", () => view.zoomBy(1.3), { title: words.zoomIn, "aria-label": words.zoomIn }),
    button("−", () => view.zoomBy(1 / 1.3), { title: words.zoomOut, "aria-label": words.zoomOut }),
    undo,
    redo,
    button(words.hide, acts.hide, { id: "hide", title: words.hideHelp }),
    pin,
    button(words.group, acts.group, { id: "group", title: words.groupHelp }),
    shown,
    closeAll,
    button(words.reset, acts.reset, { id: "reset", title: words.resetHelp }),
    h(
      "span",
      { class: "tools-end" },
      menu(
        words.view,
        "view-menu",
        button(words.viewSave, saveView, { id: "save-view" }),
        button(words.viewOpen, () => opened.click(), { id: "open-view-button" }),
        opened,
      ),
      menu(
        words.save,
        "save-menu",
        button(words.png, () => void savePng(session, view.cy), { id: "save-png", title: words.pngHelp }),
        button(words.svg, () => saveSvg(session, view.cy), { id: "save-svg", title: words.svgHelp }),
        button(words.print, () => printChart(session, view.cy), { id: "print-chart", title: words.printHelp }),
      ),
      button("◐", () => theme.toggle(), { id: "theme", title: words.theme, "aria-label": words.theme }),
      button("?", () => help.showModal(), { id: "keys", title: words.keys, "aria-label": words.keys }),
    ),
  );
  return { element, acts };
}

function openView(session: Session, text: string): void {
  const { words } = texts;
  try {
    const found = read(session.model, text, { noView: words.viewIsNone, otherCase: words.viewOfOther });
    void session
      .drawWith((now) => Object.assign(now, { filters: found.filters, open: found.open, wanted: found.wanted, edits: found.edits }))
      .then(() => {
        if (found.camera) session.view.cy.viewport({ zoom: found.camera.zoom, pan: { ...found.camera.pan } });
      });
    const more = [found.otherState ? words.viewOtherState : "", found.missing ? words.viewMissing(found.missing) : ""];
    session.say([words.viewOpened, ...more.filter(Boolean)].join(" "));
  } catch (fault) {
    if (!(fault instanceof RangeError)) throw fault;
    session.say(fault.message);
  }
}

/** A few buttons that are seen when asked for; a choice or a click elsewhere closes them. */
function menu(name: string, id: string, ...items: HTMLElement[]): HTMLElement {
  const list = h("div", { class: "menu-items" }, ...items);
  const element = h("details", { class: "menu", id }, h("summary", { role: "button" }, name), list);
  const close = (): void => element.removeAttribute("open");
  list.addEventListener("click", close);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    close();
    element.querySelector("summary")?.focus();
  });
  document.addEventListener("click", (event) => {
    if (!element.contains(event.target as Node)) close();
  });
  return element;
}
