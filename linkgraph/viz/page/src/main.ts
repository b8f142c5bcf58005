/** Puts the page together: the state in the middle, panels and picture around it. */

import { readCase } from "./data";
import { details } from "./details";
import { button, evidenceText, h } from "./dom";
import { clearFilters, filterPanel } from "./filters";
import { GraphView } from "./graphview";
import { legend } from "./legend";
import { picture } from "./picture";
import { savePng } from "./png";
import { searchBox } from "./search";
import { initialState, passing, type Thing } from "./state";
import * as texts from "./texts";
import { visible } from "./unicode";

function start(app: HTMLElement, data: HTMLElement): void {
  const { words } = texts;
  const model = readCase(data);
  const state = initialState();

  const canvas = h("div", { id: "picture", role: "application", tabindex: 0, "aria-label": words.picture, "aria-describedby": "picture-help" });
  const status = h("p", { id: "status", role: "status", "aria-live": "polite" });
  const notes = h("ul", { id: "notes" });
  const side = h("div", { id: "details", tabindex: -1, "aria-live": "polite" });

  let closedForRoom: number[] = [];
  const draw = (): void => {
    const passes = passing(model, state.filters);
    const now = picture(model, passes, state);
    const opened = now.open.map((one) => one.index);
    if (!now.whole) {
      closedForRoom = state.open.filter((index) => !opened.includes(index) && model.members[index].some((member) => passes.entities[member]));
      state.open = opened;
    }
    view.show(now, passes);
    view.select(state.selected);
    status.textContent = texts.drawnStatus({ entities: now.entities.length, links: now.links.length, closed: now.closed.length, open: now.open.length, bundles: now.bundles.length });
    const said: string[] = [];
    for (const one of now.open) if (one.drawn < one.passing) said.push(texts.left.members(texts.community(model, one.index), one.drawn, one.passing));
    for (const index of closedForRoom) said.push(texts.left.closed(texts.community(model, index)));
    if (now.closedLeftOut) said.push(texts.left.communities(now.closedLeftOut));
    if (now.bundlesLeftOut) said.push(texts.left.bundles(now.bundlesLeftOut));
    if (passes.withoutTime) said.push(texts.left.untimed(passes.withoutTime));
    notes.replaceChildren(...said.map((text) => h("li", {}, text)));
    closeAll.hidden = now.whole || !now.open.length;
  };
  const tell = (): void => {
    side.replaceChildren(...details(model, state.selected, actions));
    side.scrollTop = 0;
  };
  const select = (thing: Thing | null): void => {
    state.selected = thing;
    view.select(thing);
    tell();
  };
  const toggle = (community: number): void => {
    const open = state.open.includes(community);
    state.open = open ? state.open.filter((one) => one !== community) : [community, ...state.open];
    state.selected = { what: "community", index: community };
    draw();
    tell();
    if (open) view.fit();
    else view.fit([{ what: "community", index: community }]);
  };
  const actions = {
    canOpen: !model.whole,
    isOpen: (community: number): boolean => state.open.includes(community),
    toggle,
    /** Select something that may not be drawn yet: open its community, and bring it into view. */
    select: (thing: Thing): void => {
      const ends = thing.what === "entity" ? [thing.index] : thing.what === "link" ? [model.links.source[thing.index], model.links.target[thing.index]] : [];
      if (ends.length && ends.some((end) => !view.cy.getElementById(`e${end}`).length)) {
        for (const end of ends) {
          const community = model.entities.community[end];
          state.wanted.add(end);
          state.open = [community, ...state.open.filter((one) => one !== community)];
        }
        draw();
      }
      select(thing);
      view.centre(thing);
    },
  };

  const filters = filterPanel(model, state.filters, () => {
    closedForRoom = [];
    draw();
  });
  const reset = (): void => {
    clearFilters(state.filters);
    filters.refresh();
    state.open = [];
    state.wanted.clear();
    closedForRoom = [];
    select(null);
    draw();
    view.fit();
  };
  const closeAll = button(words.closeAll, () => {
    state.open = [];
    state.wanted.clear();
    draw();
    view.fit();
  }, { id: "close-all", hidden: true });
  const save = (): void => {
    const caption = { left: visible(model.case), right: model.marking, below: `${status.textContent ?? ""} · ${words.application}` };
    void savePng(view.cy, caption, "linkgraph-picture.png");
  };

  const counts = [texts.entities(model.entities.id.length), texts.links(model.links.id.length)];
  if (model.victims_hidden) counts.push(texts.victimsHidden(model.victims_hidden));
  app.append(
    h(
      "header",
      {},
      h("h1", {}, evidenceText(model.case)),
      h("span", { class: `marking ${model.marking.toLowerCase().replace(/[^a-z]+/g, "-")}`, title: words.marking }, model.marking),
      h("span", { class: "counts" }, counts.join(" · ")),
      h("span", { class: "brand" }, words.application),
    ),
    h("aside", { id: "find", "aria-label": words.findAndFilter }, searchBox(model, (entity) => actions.select({ what: "entity", index: entity })), filters.element, legend({ communities: !model.whole, roles: model.roles })),
    h(
      "main",
      {},
      h(
        "div",
        { class: "tools", role: "toolbar", "aria-label": words.picture },
        button(words.fit, () => view.fit(), { id: "fit", title: words.fitHelp }),
        button("+", () => view.zoomBy(1.3), { title: words.zoomIn, "aria-label": words.zoomIn }),
        button("−", () => view.zoomBy(1 / 1.3), { title: words.zoomOut, "aria-label": words.zoomOut }),
        closeAll,
        button(words.reset, reset, { id: "reset", title: words.resetHelp }),
        button(words.png, save, { id: "save-png", title: words.pngHelp }),
      ),
      canvas,
      h("p", { id: "picture-help", class: "visually-hidden" }, words.pictureHelp),
      h("div", { class: "below" }, status, notes),
    ),
    h("aside", { id: "side", "aria-label": words.details }, side),
  );

  const view = new GraphView(canvas, model, { select, open: toggle });
  canvas.addEventListener("keydown", (event) => {
    const step = 60;
    const keys: Record<string, () => void> = {
      ArrowLeft: () => view.cy.panBy({ x: step, y: 0 }),
      ArrowRight: () => view.cy.panBy({ x: -step, y: 0 }),
      ArrowUp: () => view.cy.panBy({ x: 0, y: step }),
      ArrowDown: () => view.cy.panBy({ x: 0, y: -step }),
      "+": () => view.zoomBy(1.3),
      "=": () => view.zoomBy(1.3),
      "-": () => view.zoomBy(1 / 1.3),
      "0": () => view.fit(),
      Escape: () => select(null),
    };
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  draw();
  tell();
  view.fit();
  // What is drawn and where, for tests and for a curious investigator; changing it changes only the picture.
  Object.defineProperty(window, "linkgraph", { value: Object.freeze({ cy: view.cy, model }) });
}

const [app, data] = [document.getElementById("app"), document.getElementById("model")];
if (app && data) start(app, data);
