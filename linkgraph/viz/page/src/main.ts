/** Puts the page together: the session in the middle, panels and picture around it. */

import type { App } from "./app";
import type { Backend } from "./backend";
import type { Case } from "./data";
import { details, type Actions } from "./details";
import { button, evidenceText, h } from "./dom";
import * as edits from "./edits";
import { explore } from "./explore/explore";
import { filterPanel } from "./filters";
import { keyHelp, keys } from "./keys";
import { legend } from "./legend";
import { listsPanel } from "./lists";
import { localBackend } from "./local";
import { mapPanel } from "./map";
import { carried } from "./model";
import { followPrint } from "./print";
import { routePanel } from "./route";
import { searchBox } from "./search";
import { Session } from "./session";
import { tablePanel } from "./table";
import { tabs, type Tab } from "./tabs";
import * as texts from "./texts";
import { theme } from "./theme";
import { timelinePanel } from "./timeline";
import { toolbar } from "./toolbar";
import { verifyButton } from "./verify";

function start(root: HTMLElement, model: Case, backend: (app: () => App) => Backend, more: (session: Session) => Tab[]): Session {
  const { words } = texts;
  const verify = verifyButton();
  const canvas = h("div", { id: "picture", role: "application", tabindex: 0, "aria-label": words.picture, "aria-describedby": "picture-help" });
  const status = h("p", { id: "status", role: "status", "aria-live": "polite" });
  const notes = h("ul", { id: "notes" });
  const said = h("p", { id: "said", role: "status", "aria-live": "polite" });
  const side = h("div", { id: "details", tabindex: -1, "aria-live": "polite" });
  const main = h("main", {});
  const find = h("aside", { id: "find", "aria-label": words.findAndFilter });
  root.append(header(model), find, main, h("aside", { id: "side", "aria-label": words.details }, side));
  main.append(canvas);

  const look = theme(() => session.view.restyle());
  const session: Session = new Session(model, backend, { canvas, status, notes, said });
  const help = keyHelp();
  followPrint(session, session.view.cy);
  const tools = toolbar(session, look, help);
  const filters = (app: App): HTMLElement => {
    const panel = filterPanel(app);
    app.onDraw(() => panel.refresh());
    return h("div", {}, panel.element, legend({ communities: !model.whole, roles: model.roles }));
  };
  find.append(
    h("h2", { class: "visually-hidden" }, words.findAndFilter),
    searchBox(session),
    tabs(session, words.panelsLeft, [
      { id: "filters", name: words.find, make: filters },
      { id: "lists", name: words.lists, make: listsPanel },
      { id: "route", name: words.route, make: routePanel },
      ...more(session),
    ]).element,
  );
  const dock = tabs(
    session,
    words.panelsBelow,
    [
      { id: "table", name: words.table, make: tablePanel },
      { id: "map", name: words.map, make: mapPanel },
      { id: "timeline", name: words.timeline, make: timelinePanel },
    ],
    true,
  );
  main.prepend(tools.element);
  dock.element.prepend(h("h2", { class: "visually-hidden" }, words.panelsBelow));
  main.append(h("p", { id: "picture-help", class: "visually-hidden" }, words.pictureHelp), dock.element, h("div", { class: "below" }, status, said, notes));
  root.append(help);

  const actions = actionsFor(session, verify);
  const tell = (): void => {
    side.replaceChildren(...details(model, session.state, actions));
    side.scrollTop = 0;
  };
  session.onSelect(tell);
  keys(session, canvas, tools.acts, help);
  new ResizeObserver(() => {
    session.view.cy.resize();
    // A panel that opens below must not hide what is being looked at.
    if (session.route) session.mark(session.route);
    else if (session.state.selected) session.view.centre(session.state.selected);
  }).observe(canvas);
  tell();
  void session.draw().then(() => {
    session.view.fit();
    // What is drawn and where, for tests and for a curious investigator; changing it changes only the picture.
    Object.defineProperty(window, "linkgraph", { value: Object.freeze({ cy: session.view.cy, model, session }) });
    root.dataset.ready = "true";
  });
  return session;
}

function header(model: Case): HTMLElement {
  const { words } = texts;
  const counts = [texts.entities(model.totals.entities), texts.links(model.totals.links)];
  if (model.victims_hidden) counts.push(texts.victimsHidden(model.victims_hidden));
  return h(
    "header",
    {},
    h("h1", {}, evidenceText(model.case)),
    h("span", { class: `marking ${model.marking.toLowerCase().replace(/[^a-z]+/g, "-")}`, title: words.marking }, model.marking),
    h("span", { class: "counts" }, counts.join(" · ")),
    ...(model.explorer?.read_only ? [h("span", { class: "counts" }, texts.exploring.readOnly)] : []),
    h("span", { class: "brand" }, words.application),
  );
}

function actionsFor(session: Session, verify: HTMLElement[]): Actions {
  const { words } = texts;
  const { model, state } = session;
  return {
    canOpen: !model.whole,
    select: (thing) => session.select(thing),
    toggle: (community) => void session.toggle(community),
    isOpen: (community) => state.open.includes(community),
    verify: () => verify,
    forEntity: (entity) => {
      const id = model.entities.id[entity];
      const note = h("textarea", { id: "note", rows: 2, "aria-describedby": "note-help" });
      note.value = state.edits.notes.get(id) ?? "";
      note.addEventListener("change", () => session.act((now) => edits.annotate(model, now, entity, note.value)));
      const chosen = state.chosen.has(entity);
      const buttons = [button(chosen ? words.unchoose : words.choose, () => session.toggleChosen([entity]), { id: "choose", "aria-pressed": String(chosen) })];
      if (!session.picture.whole) buttons.unshift(button(words.expand, () => void session.expand(entity), { id: "expand", class: "primary" }));
      return [
        h("div", { class: "acts" }, ...buttons),
        h("details", { class: "about", open: note.value !== "" }, h("summary", {}, words.note), h("label", { class: "visually-hidden", for: "note" }, words.note), note, h("p", { class: "note", id: "note-help" }, words.noteHelp)),
      ];
    },
    forGroup: (index) => {
      const name = h("input", { id: "group-name", type: "text", maxlength: 60 });
      name.value = state.edits.groups[index].name;
      name.addEventListener("change", () => session.act((now) => edits.rename(now, index, name.value.trim() || words.groupName(index + 1))));
      const apart = (): void => {
        session.act((now) => edits.ungroup(now, index));
        session.select(null);
      };
      return [h("label", { for: "group-name" }, words.nameOfGroup), name, h("div", { class: "acts" }, button(words.ungroup, apart, { id: "ungroup" }))];
    },
  };
}

async function open(root: HTMLElement, element: HTMLElement): Promise<void> {
  try {
    const model = await carried(element);
    if (model) start(root, model, (app) => localBackend(model, app), () => []);
    else await explore(root, start);
  } catch (fault) {
    root.replaceChildren(h("p", { class: "fault", role: "alert" }, texts.words.cannotOpen));
    throw fault;
  }
}

const [app, data] = [document.getElementById("app"), document.getElementById("model")];
if (app && data) void open(app, data);
