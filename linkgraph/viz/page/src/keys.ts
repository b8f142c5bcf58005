/** Everything by keyboard: what the keys do in the picture, and the list of them. */

import { button, h } from "./dom";
import type { Session } from "./session";
import type { Thing } from "./state";
import { words } from "./texts";
import type { Acts } from "./toolbar";

const STEP = 60;

export function keys(session: Session, canvas: HTMLElement, acts: Acts, help: HTMLDialogElement): void {
  const { view, state } = session;
  const selected: Record<string, () => void> = {
    ArrowLeft: () => view.cy.panBy({ x: STEP, y: 0 }),
    ArrowRight: () => view.cy.panBy({ x: -STEP, y: 0 }),
    ArrowUp: () => view.cy.panBy({ x: 0, y: STEP }),
    ArrowDown: () => view.cy.panBy({ x: 0, y: -STEP }),
    "+": () => view.zoomBy(1.3),
    "=": () => view.zoomBy(1.3),
    "-": () => view.zoomBy(1 / 1.3),
    "0": () => view.fit(),
    n: () => step(session, 1),
    b: () => step(session, -1),
    Enter: () => enter(session),
    " ": () => {
      if (state.selected?.what === "entity") session.toggleChosen([state.selected.index]);
    },
    h: acts.hide,
    p: acts.pin,
    g: acts.group,
    a: acts.annotate,
    "?": () => help.showModal(),
    Escape: () => {
      session.mark(null);
      session.select(null);
    },
  };
  canvas.addEventListener("keydown", (event) => {
    const act = selected[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("keydown", (event) => {
    const writing = event.target instanceof Element && event.target.matches("input, textarea, select");
    if (writing) return;
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (control && key === "z" && !event.shiftKey) session.undo();
    else if (control && (key === "y" || (key === "z" && event.shiftKey))) session.redo();
    else if (key === "/" && !control) document.getElementById("search")?.focus();
    else return;
    event.preventDefault();
  });
}

/** Go through what is drawn: communities, groups, then entities, strongest first. */
function step(session: Session, by: 1 | -1): void {
  const { picture, model, state } = session;
  const entities = [...picture.entities].sort((a, b) => model.entities.strength[b] - model.entities.strength[a] || a - b);
  const order: Thing[] = [
    ...picture.closed.map(([index]): Thing => ({ what: "community", index })),
    ...picture.groups.map(({ index }): Thing => ({ what: "group", index })),
    ...entities.map((index): Thing => ({ what: "entity", index })),
  ];
  if (!order.length) return;
  const at = order.findIndex((one) => one.what === state.selected?.what && one.index === state.selected.index);
  session.select(order[(at + (at < 0 && by < 0 ? 0 : by) + order.length) % order.length]);
}

function enter(session: Session): void {
  const { selected } = session.state;
  if (selected?.what === "community" && !session.model.whole) void session.toggle(selected.index);
  else if (selected?.what === "entity" && !session.picture.whole) void session.expand(selected.index);
}

/** What the keys do, as a dialog. */
export function keyHelp(): HTMLDialogElement {
  const dialog = h(
    "dialog",
    { id: "key-help", "aria-labelledby": "key-help-title" },
    h("h2", { id: "key-help-title" }, words.keysTitle),
    h("dl", {}, ...words.keyRows.flatMap(([key, act]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, act)])),
    button(words.close, () => dialog.close(), { class: "primary" }),
  );
  return dialog;
}
