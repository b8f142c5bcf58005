/** When the selected thing was seen: its observations on an axis of time, by hour and weekday, and as rows. */

import type { App } from "./app";
import type { Observation } from "./backend";
import { nameOf } from "./data";
import { button, evidenceText, h, type Child } from "./dom";
import { hours, hoursTable } from "./hours";
import type { Window } from "./playing";
import type { Thing } from "./state";
import { lineSymbol } from "./symbols";
import * as texts from "./texts";
import { offsetIn, offsetText, timeText, UTC, wallText, type Zone } from "./time";
import { draw, extent, inside, inView, lanes, moved, ticks, zoomed, type Axis, type Lane } from "./timelinechart";
import { visible } from "./unicode";

const AT_A_TIME = 200;
/** Room for one time on an axis. */
const TICK = 92;

interface Seen {
  readonly title: readonly Child[];
  readonly rows: readonly Observation[];
  /** How many there are, with a time or without, here or not. */
  readonly counted: string;
}

export function timelinePanel(app: App): HTMLElement {
  const { words } = texts.time;
  const { model } = app;
  const zones: Readonly<Record<string, Zone>> = { home: { kind: "named", name: model.zone }, utc: UTC, stated: { kind: "stated" } };
  const choice = h("select", { id: "timeline-zone" }, ...Object.keys(zones).map((name) => h("option", { value: name }, texts.time.zone(name, model.zone))));
  const body = h("div", { class: "timeline", id: "timeline" });
  let turn = 0;
  let key = "";
  let redraw = (): void => {};

  const follow = (thing: Thing | null): void => {
    const now = thing ? `${thing.what} ${thing.index}` : "";
    if (now === key && turn) return;
    key = now;
    const mine = ++turn;
    redraw = () => {};
    const observed = thing && observationsOf(app, thing);
    if (!observed) {
      body.replaceChildren(h("p", { class: "hint" }, thing ? words.cannot : words.nothing));
      return;
    }
    body.replaceChildren(h("p", { class: "hint" }, words.reading));
    observed.then(
      (seen) => {
        if (mine !== turn) return;
        if (!seen.rows.length) body.replaceChildren(h("h3", {}, ...seen.title), h("p", { class: "hint" }, seen.counted));
        else redraw = show(app, body, seen, () => zones[choice.value]);
      },
      (error: unknown) => {
        if (mine !== turn) return;
        key = "";
        body.replaceChildren(h("p", { class: "error" }, words.failed(String(error))));
      },
    );
  };
  choice.addEventListener("change", () => redraw());
  app.onSelect(follow);
  app.onDraw(() => redraw());
  follow(app.state.selected);
  return h("div", {}, h("p", { class: "timeline-zone" }, h("label", { for: choice.id }, words.zone), choice), body);
}

/** What was seen of an entity or a link; null for what has no observations of its own. */
function observationsOf(app: App, thing: Thing): Promise<Seen> | null {
  const { model, backend } = app;
  if (thing.what === "entity") {
    return backend.observations(thing.index).then(({ rows, total, untimed }) => ({
      title: [evidenceText(nameOf(model, thing.index))],
      rows,
      counted: texts.time.observed(rows.length, total, untimed, backend.remote),
    }));
  }
  if (thing.what !== "link") return null;
  const { source, target, kind, count } = model.links;
  const [a, b] = [source[thing.index], target[thing.index]];
  // The end with fewer links has fewer rows to read.
  const from = model.entities.degree[a] <= model.entities.degree[b] ? a : b;
  const other = from === a ? b : a;
  return backend.observations(from).then(({ rows }) => {
    const own = rows.filter((row) => row.linkKind === kind[thing.index] && row.otherEntity === other && (a === b || row.outgoing === (from === a)));
    const name = texts.linkKind(model.link_kinds[kind[thing.index]]);
    return {
      title: [evidenceText(nameOf(model, a)), ` · ${name} · `, evidenceText(nameOf(model, b))],
      // Told from the link's source, so that what is drawn does not turn with the end that was asked.
      rows: own.map((row) => ({ ...row, outgoing: true, other: nameOf(model, b), otherEntity: b })),
      counted: texts.time.observed(own.length, count[thing.index], backend.remote ? count[thing.index] - own.length : 0, backend.remote),
    };
  });
}

/** Fill the body; gives what draws it anew. */
function show(app: App, body: HTMLElement, seen: Seen, zone: () => Zone): () => void {
  const { words } = texts.time;
  const { model } = app;
  const kinds = (index: number): string => model.link_kinds[index];
  const directed = (kind: number): boolean => lineSymbol(kinds(kind)).arrow;
  const all = lanes(seen.rows, directed);
  const names = all.map((lane) => nameOfLane(kinds, lane));
  const kindOf = (row: Observation): string => nameOfLane(kinds, { linkKind: row.linkKind, outgoing: directed(row.linkKind) ? row.outgoing : null });
  const whole = extent(seen.rows);
  let view = whole;
  let listed = AT_A_TIME;
  let descending = false;

  const frame = h("div", { class: "timeline-frame", id: "timeline-frame", tabindex: 0, role: "group", "aria-label": words.frame, "aria-describedby": "timeline-help" });
  const shown = h("p", { class: "note", id: "timeline-shown" });
  const heat = h("div", { class: "hours-scroller", tabindex: 0, role: "group", "aria-label": words.hours });
  const left = h("p", { class: "note" });
  const table = h("tbody");
  const localHead = h("th", { scope: "col" });
  const counted = h("p", { class: "note", id: "timeline-rows" });
  const by = button(words.timeUtc, () => {
    descending = !descending;
    list();
  }, { class: "text", id: "timeline-sort" });
  const timeHead = h("th", { scope: "col" }, by);
  const more = button("", () => {
    listed += AT_A_TIME;
    list();
  }, { id: "timeline-more" });

  const chart = (): void => {
    const width = Math.max(480, frame.clientWidth || 900);
    const most = Math.max(2, Math.floor((inside(width)[1] - inside(width)[0]) / TICK));
    const local = localAxis(zone(), seen.rows, view, most);
    const axes: Axis[] = [{ name: words.utc, ticks: ticks(UTC, null, view, most) }, ...(local ? [local] : [])];
    const { from, to } = app.state.filters;
    const range: Window | null = from === null && to === null ? null : [from ?? whole[0], to ?? whole[1]];
    const label = texts.time.timeline(seen.rows.filter((row) => inView(row, view)).length, view);
    const tell = (row: Observation): string => `${span(row, timeText)} · ${kindOf(row)} · ${visible(row.other)}`;
    frame.replaceChildren(draw({ lanes: all, names, view, axes, range, width, label, tell, tellCount: texts.time.tellCount }));
    shown.textContent = `${label} ${local || zone().kind === "utc" ? "" : words.noAxis}`;
  };
  const list = (): void => {
    const now = zone();
    const rows = seen.rows.filter((row) => inView(row, view)).sort((a, b) => (descending ? b.first - a.first || b.last - a.last : a.first - b.first || a.last - b.last));
    timeHead.setAttribute("aria-sort", descending ? "descending" : "ascending");
    localHead.textContent = texts.time.localHead(now, model.zone);
    localHead.hidden = now.kind === "utc";
    table.replaceChildren(...rows.slice(0, listed).map((row) => rowOf(app, row, now, kindOf(row))));
    counted.textContent = texts.time.listed(Math.min(listed, rows.length), rows.length, seen.rows.length);
    more.hidden = rows.length <= listed;
    more.textContent = texts.time.more(Math.min(AT_A_TIME, rows.length - listed));
  };
  const everything = (): void => {
    chart();
    const found = hours(seen.rows, zone());
    heat.replaceChildren(hoursTable(found, texts.time.hoursOf(zone(), model.zone)));
    left.textContent = found.left ? texts.time.hoursLeft(found.left) : "";
    list();
  };
  const go = (next: Window): void => {
    view = next;
    listed = AT_A_TIME;
    chart();
    list();
    app.say(texts.time.timeline(seen.rows.filter((row) => inView(row, view)).length, view));
  };
  const acts: Readonly<Record<string, () => void>> = {
    "+": () => go(zoomed(view, whole, 0.5)),
    "=": () => go(zoomed(view, whole, 0.5)),
    "-": () => go(zoomed(view, whole, 2)),
    ArrowLeft: () => go(moved(view, whole, -0.25)),
    ArrowRight: () => go(moved(view, whole, 0.25)),
    "0": () => go(whole),
  };
  frame.addEventListener("keydown", (event) => {
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  frame.addEventListener("wheel", (event) => {
    // Without Ctrl the wheel scrolls the panel, unless the drawing has the focus.
    if (!event.ctrlKey && document.activeElement !== frame) return;
    event.preventDefault();
    const box = frame.getBoundingClientRect();
    const [low, high] = inside(Math.max(480, box.width));
    const share = Math.min(1, Math.max(0, (event.clientX - box.left - low) / (high - low)));
    go(zoomed(view, whole, event.deltaY < 0 ? 0.8 : 1.25, share));
  }, { passive: false });
  const named = (text: string, key: string, name: string, id: string): HTMLElement => button(text, acts[key], { id, title: name, "aria-label": name });

  body.replaceChildren(
    h(
      "div",
      { class: "timeline-tools" },
      h("h3", {}, ...seen.title),
      named("+", "+", words.zoomIn, "timeline-in"),
      named("−", "-", words.zoomOut, "timeline-out"),
      named("←", "ArrowLeft", words.earlier, "timeline-earlier"),
      named("→", "ArrowRight", words.later, "timeline-later"),
      button(words.whole, acts["0"], { id: "timeline-whole" }),
      button(words.filter, () => app.act(({ filters }) => Object.assign(filters, { from: view[0], to: view[1] })), { id: "timeline-filter", title: words.filterHelp }),
    ),
    h("p", { class: "note", id: "timeline-counted" }, seen.counted),
    frame,
    shown,
    h("p", { class: "note", id: "timeline-help" }, words.frameHelp),
    h("h3", {}, words.hours),
    h("p", { class: "note" }, words.hoursHelp),
    left,
    heat,
    h("h3", {}, words.rows),
    counted,
    h("div", { class: "timeline-scroller", tabindex: 0, role: "group", "aria-label": words.rows }, h(
      "table",
      { class: "timeline-table" },
      h("thead", {}, h("tr", {}, timeHead, localHead, ...[words.kind, words.other, words.source].map((head) => h("th", { scope: "col" }, head)))),
      table,
    )),
    more,
  );
  everything();
  // The drawing is as wide as its place.
  let wide = frame.clientWidth;
  new ResizeObserver(() => {
    if (!frame.isConnected || frame.clientWidth === wide || !frame.clientWidth) return;
    wide = frame.clientWidth;
    chart();
  }).observe(frame);
  let was = JSON.stringify(zone());
  return () => {
    // A drawing of the picture changes only the range here; another zone changes everything.
    const now = JSON.stringify(zone());
    if (now === was) chart();
    else everything();
    was = now;
  };
}

/** The second axis: that of the zone, where all rows have one. */
function localAxis(zone: Zone, rows: readonly Observation[], view: Window, most: number): Axis | null {
  if (zone.kind === "utc") return null;
  if (zone.kind === "named") {
    const found = ticks(zone, null, view, most);
    return found.length ? { name: zone.name, ticks: found } : null;
  }
  const { offset } = rows[0];
  if (offset === null || rows.some((row) => row.offset !== offset)) return null;
  return { name: texts.time.stated(offsetText(offset)), ticks: ticks(zone, offset, view, most) };
}

function nameOfLane(kinds: (index: number) => string, { linkKind, outgoing }: Pick<Lane, "linkKind" | "outgoing">): string {
  const kind = kinds(linkKind);
  if (outgoing === null) return texts.linkKind(kind);
  return texts.time.direction(kind, outgoing);
}

function span(row: Observation, write: (seconds: number) => string): string {
  return row.first === row.last ? write(row.first) : `${write(row.first)} – ${write(row.last)}`;
}

function rowOf(app: App, row: Observation, zone: Zone, kind: string): HTMLElement {
  const { model } = app;
  const local = (seconds: number): string => {
    const offset = offsetIn(zone, seconds, row.offset);
    if (offset === null) return zone.kind === "named" ? texts.time.words.zoneUnknown : texts.time.words.noZone;
    return `${wallText(seconds, offset)} ${texts.time.inOffset(zone, offsetText(offset))}`;
  };
  const known = offsetIn(zone, row.first, row.offset) !== null;
  const source = model.sources[row.source];
  const other = row.otherEntity < 0 ? evidenceText(row.other) : button(evidenceText(row.other), () => app.select({ what: "entity", index: row.otherEntity }), { class: "link-like" });
  return h(
    "tr",
    {},
    h("td", { class: "time" }, span(row, timeText)),
    ...(zone.kind === "utc" ? [] : [h("td", { class: "time" }, known ? span(row, local) : local(row.first))]),
    h("td", {}, kind),
    h("td", {}, other),
    h("td", {}, evidenceText(source.name), ` ${texts.words.rows(String(row.row))}`),
  );
}
