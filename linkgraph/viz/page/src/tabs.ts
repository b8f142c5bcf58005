/** Panels of which one is seen at a time: tabs after the ARIA Authoring Practices, moved between with arrows. */

import type { App } from "./app";
import { h } from "./dom";

export interface Tab {
  readonly id: string;
  readonly name: string;
  readonly make: (app: App) => HTMLElement;
}

export interface Tabs {
  readonly element: HTMLElement;
  /** Bring a panel to the front. */
  show(id: string): void;
  /** Which is in front; null where all are closed. */
  readonly shown: () => string | null;
}

interface Made {
  readonly tab: HTMLElement;
  readonly panel: HTMLElement;
  open(): void;
  close(): void;
}

/**
 * Panels are made when they are first seen, and follow the picture only while they are.
 *
 * `closable` tabs begin closed, and a second click on the one in front closes it.
 */
export function tabs(app: App, label: string, all: readonly Tab[], closable = false): Tabs {
  let front: string | null = null;
  const list = h("div", { role: "tablist", class: "tablist", "aria-label": label });
  const element = h("div", { class: closable ? "tabs closable" : "tabs" }, list);
  const made = new Map<string, Made>();
  const show = (id: string | null): void => {
    if (front !== null) made.get(front)?.close();
    front = id;
    element.classList.toggle("closed", id === null);
    if (id !== null) made.get(id)?.open();
    const first = id ?? all[0].id;
    for (const [name, { tab }] of made) tab.setAttribute("tabindex", name === first ? "0" : "-1");
  };
  for (const one of all) {
    const tab = h("button", { type: "button", role: "tab", id: `tab-${one.id}`, "aria-controls": `panel-${one.id}`, "aria-selected": "false" }, one.name);
    const panel = h("div", { role: "tabpanel", id: `panel-${one.id}`, class: "tabpanel", "aria-labelledby": tab.id, tabindex: 0, hidden: true });
    const seen = following(app);
    made.set(one.id, {
      tab,
      panel,
      open: () => {
        tab.setAttribute("aria-selected", "true");
        panel.hidden = false;
        seen.resume(() => {
          if (!panel.hasChildNodes()) panel.append(one.make(seen.app));
        });
      },
      close: () => {
        tab.setAttribute("aria-selected", "false");
        panel.hidden = true;
        seen.pause();
      },
    });
    tab.addEventListener("click", () => show(closable && front === one.id ? null : one.id));
    list.append(tab);
    element.append(panel);
  }
  list.addEventListener("keydown", (event) => {
    const position = all.findIndex((one) => document.activeElement?.id === `tab-${one.id}`);
    const to: Record<string, number> = { ArrowRight: position + 1, ArrowLeft: position + all.length - 1, Home: 0, End: all.length - 1 };
    if (position < 0 || to[event.key] === undefined) return;
    event.preventDefault();
    const { id } = all[to[event.key] % all.length];
    made.get(id)?.tab.focus();
    if (!closable || front !== null) show(id);
  });
  show(closable ? null : all[0].id);
  return { element, show, shown: () => front };
}

/** The app as a panel sees it that is not always seen: what it missed it is told once, when it is seen again. */
function following(app: App): { app: App; pause(): void; resume(make: () => void): void } {
  let active = false;
  let missed = false;
  const draws: (() => void)[] = [];
  const selects: Parameters<App["onSelect"]>[0][] = [];
  const tell = (): void => {
    missed = false;
    for (const follow of draws) follow();
    for (const follow of selects) follow(app.state.selected);
  };
  app.onDraw(() => {
    if (active) for (const follow of draws) follow();
    else missed = true;
  });
  app.onSelect((thing) => {
    if (active) for (const follow of selects) follow(thing);
    else missed = true;
  });
  const seen: App = {
    model: app.model,
    state: app.state,
    backend: app.backend,
    get passes() {
      return app.passes;
    },
    get picture() {
      return app.picture;
    },
    act: (change) => app.act(change),
    preview: (change) => app.preview(change),
    select: (thing) => app.select(thing),
    mark: (route) => app.mark(route),
    say: (text) => app.say(text),
    onDraw: (follow) => {
      draws.push(follow);
      follow();
    },
    onSelect: (follow) => void selects.push(follow),
  };
  return {
    app: seen,
    pause: () => {
      active = false;
    },
    resume: (make) => {
      active = true;
      make();
      if (missed) tell();
    },
  };
}
