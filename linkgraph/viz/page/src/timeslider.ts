/** The range of time that is shown: histogram, two thumbs, two fields, and windows that play. */

import type { App } from "./app";
import { button, h, svg } from "./dom";
import { histogram, type Histogram } from "./histogram";
import { asWideAs, DAYS, step, steps, tenths, WEEKS, type Range, type Width, type Window } from "./playing";
import type { Filters } from "./state";
import * as texts from "./texts";
import { dayText, readTime, timeText } from "./time";

/** Steps a second; more than three would flash. */
const SPEEDS = [0.5, 1, 2, 3];
/** A screen reader hears where playing is no more often than this, in milliseconds. */
const SAID_EVERY = 6000;

export function timeRange(app: App, refreshers: (() => void)[]): HTMLElement {
  const { words } = texts;
  const title = h("h3", { id: "time-title" }, words.time);
  if (!app.model.time) return h("section", { class: "group" }, title, h("p", { class: "note" }, words.noTimes));
  const whole = app.model.time;
  const error = h("p", { class: "error", role: "alert", id: "time-error" });
  const bars = chart(app, whole);
  const untimed = h("input", { type: "checkbox", id: "untimed" });
  untimed.addEventListener("change", () => app.act(({ filters }) => (filters.untimed = untimed.checked)));

  /** The range set here last; any other was set elsewhere, and ends a movement or playing. */
  let own: Range = { from: null, to: null };
  const set = (range: Range, undoable: boolean): void => {
    own = range;
    const change = ({ filters }: { filters: Filters }): void => void Object.assign(filters, range);
    if (undoable) app.act(change);
    else app.preview(change);
    // A server may take a while until it is drawn.
    show();
  };
  const byHand = (range: Range, undoable: boolean): void => {
    set(range, undoable);
    play.interrupt();
  };
  const fields = textFields(error, (range) => byHand(range, true), () => play.interrupt());
  const thumbs = sliders(whole, () => app.state.filters, byHand);
  const play = player(app, whole, set);

  const show = (): void => {
    for (const part of [fields, thumbs, play, bars]) part.show(own);
  };
  refreshers.push(() => {
    const { from, to } = app.state.filters;
    if (from !== own.from || to !== own.to) {
      own = { from, to };
      play.interrupt();
      thumbs.release();
    }
    untimed.checked = app.state.filters.untimed;
    error.textContent = "";
    show();
  });
  return h(
    "section",
    { class: "group", role: "group", "aria-labelledby": "time-title" },
    title,
    bars.element,
    thumbs.element,
    h("p", { class: "ends" }, h("span", {}, dayText(whole[0])), h("span", {}, dayText(whole[1]))),
    fields.element,
    error,
    play.element,
    h("label", { class: "choice", for: "untimed" }, untimed, h("span", { class: "name" }, words.untimed)),
    h("p", { class: "note" }, words.timeHelp),
  );
}

interface Part {
  readonly element: Element;
  show(range: Range): void;
}

/** As it stands in a field: without the seconds that the field's end of the minute stands for. */
function written(seconds: number, end: boolean): string {
  const plain = (end ? seconds + 1 : seconds) % 60 === 0;
  return timeText(seconds).slice(0, plain ? 16 : 19);
}

function textFields(error: HTMLElement, changed: (range: Range) => void, editing: () => void): Part & { element: HTMLElement } {
  const { words } = texts;
  const field = (id: string): HTMLInputElement =>
    h("input", { id, type: "text", inputmode: "numeric", spellcheck: "false", autocomplete: "off", placeholder: words.timeHint, "aria-describedby": "time-error" });
  const [from, to] = [field("from"), field("to")];
  const apply = (): void => {
    const [a, b] = [from.value.trim() ? readTime(from.value, false) : null, to.value.trim() ? readTime(to.value, true) : null];
    const wrong = (from.value.trim() && a === null) || (to.value.trim() && b === null);
    error.textContent = wrong ? words.timeWrong : a !== null && b !== null && b < a ? words.timeOrder : "";
    if (!error.textContent) changed({ from: a, to: b });
  };
  for (const one of [from, to]) {
    one.addEventListener("input", editing);
    one.addEventListener("change", apply);
  }
  return {
    element: h("div", { class: "times" }, h("label", { for: "from" }, words.from), from, h("label", { for: "to" }, words.to), to),
    show: (range) => {
      from.value = range.from === null ? "" : written(range.from, false);
      to.value = range.to === null ? "" : written(range.to, true);
    },
  };
}

/** What the thumbs of a range of time move by, in seconds: round minutes where there is room for a thousand places. */
export function track([start, end]: Window): { readonly min: number; readonly max: number; readonly step: number; readonly unit: number } {
  const unit = end - start >= 60_000 ? 60 : 1;
  const step = Math.max(1, Math.floor((end - start) / (1000 * unit))) * unit;
  const min = Math.floor(start / unit) * unit;
  return { min, max: min + Math.ceil((end - min) / step) * step, step, unit };
}

/** Two thumbs on one track. A movement of one of them is one step that can be undone, however many values it passes. */
function sliders(whole: Window, now: () => Range, moved: (range: Range, undoable: boolean) => void): Part & { release(): void } {
  const { min, max, step, unit } = track(whole);
  let moving: HTMLInputElement | null = null;
  const slider = (id: string, label: string, range: (value: number) => Range): HTMLInputElement => {
    const made = h("input", { id, type: "range", min, max, step, "aria-label": label });
    made.addEventListener("pointerdown", () => (moving = null));
    made.addEventListener("blur", () => (moving = null));
    made.addEventListener("input", () => {
      const begins = moving !== made;
      moving = made;
      moved(range(Number(made.value)), begins);
    });
    return made;
  };
  const low = slider("from-slider", texts.words.from, (value) => {
    const { to } = now();
    return { from: value <= min ? null : Math.min(value, to ?? max), to };
  });
  const high = slider("to-slider", texts.words.to, (value) => {
    const { from } = now();
    return { from, to: value >= max ? null : Math.max(value + unit - 1, from ?? min) };
  });
  return {
    element: h("div", { class: "sliders" }, low, high),
    release: () => (moving = null),
    show: ({ from, to }) => {
      low.value = String(from ?? min);
      high.value = String(to === null ? max : to - unit + 1);
      low.setAttribute("aria-valuetext", timeText(from ?? whole[0]));
      high.setAttribute("aria-valuetext", timeText(to ?? whole[1]));
    },
  };
}

/** Windows of time shown one after the other, by themselves or on demand. */
function player(app: App, whole: Window, set: (range: Range, undoable: boolean) => void): Part & { interrupt(): void } {
  const { words } = texts.time;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const choice = h(
    "select",
    { id: "play-width" },
    ...(["tenth", "day", "week", "month", "range"] as const).map((name) => h("option", { value: name }, words.widths[name])),
  );
  const speed = h("select", { id: "play-speed" }, ...SPEEDS.map((value) => h("option", { value, selected: value === 2 }, words.speed(value))));
  const cumulative = h("input", { type: "checkbox", id: "play-cumulative" });
  let width: Width = tenths(whole);
  let timer = 0;
  let said = 0;

  const say = (text: string): void => {
    said = Date.now();
    app.say(text);
  };
  const move = (range: Range | null, undoable: boolean): boolean => {
    if (!range) return false;
    set(range, undoable);
    if (undoable || Date.now() - said >= SAID_EVERY) say(texts.time.range(range, whole));
    return true;
  };
  const onward = (forward: boolean): Range | null => step(width, whole, app.state.filters, forward, cumulative.checked);
  const stop = (): void => {
    if (!timer) return;
    clearTimeout(timer);
    timer = 0;
    show();
  };
  const later = (): void => {
    timer = window.setTimeout(() => {
      // Set anew before the step, so that what the step draws finds playing under way.
      later();
      if (move(onward(true), false)) return;
      stop();
      say(words.atEnd(texts.time.range(app.state.filters, whole)));
    }, 1000 / Number(speed.value));
  };
  const start = (): void => {
    later();
    move(onward(true) ?? step(width, whole, { from: null, to: null }, true, cumulative.checked), true);
  };
  const by = (forward: boolean) => (): void => {
    stop();
    if (!move(onward(forward), true)) say(forward ? words.noneAfter : words.noneBefore);
  };
  const measure = (): void => {
    const widths: Record<string, () => Width> = { day: () => DAYS, week: () => WEEKS, month: () => "month", range: () => asWideAs(whole, app.state.filters) };
    width = widths[choice.value]?.() ?? tenths(whole);
    show();
  };
  choice.addEventListener("change", measure);
  const playing = button("", () => {
    if (!timer) return start();
    stop();
    say(words.paused(texts.time.range(app.state.filters, whole)));
  }, { id: "play", class: "primary" });
  const reduced = h("p", { class: "note" }, words.lessMotion);
  const all = button(words.all, () => {
    stop();
    set({ from: null, to: null }, true);
  }, { id: "play-all" });
  const now = h("p", { id: "play-now", class: "note" });
  const count = h("p", { class: "note" });
  const show = (): void => {
    playing.textContent = timer ? words.pause : words.play;
    playing.hidden = still.matches;
    reduced.hidden = !still.matches;
    now.textContent = texts.time.range(app.state.filters, whole);
    count.textContent = words.steps(steps(width, whole));
    const { from, to } = app.state.filters;
    all.disabled = from === null && to === null;
  };
  still.addEventListener("change", () => {
    stop();
    show();
  });
  const field = (name: string, control: HTMLElement): readonly HTMLElement[] => [h("label", { for: control.id }, name), control];
  return {
    /** The range was set by other means. */
    interrupt: () => {
      stop();
      measure();
    },
    show,
    element: h(
      "div",
      { class: "player", role: "group", "aria-label": words.player },
      now,
      h(
        "div",
        { class: "player-buttons" },
        button("←", by(false), { id: "play-back", "aria-label": words.back, title: words.back }),
        playing,
        button("→", by(true), { id: "play-forward", "aria-label": words.forward, title: words.forward }),
        all,
      ),
      reduced,
      h("div", { class: "times" }, ...field(words.width, choice), ...field(words.speedName, speed)),
      count,
      h("label", { class: "choice", for: cumulative.id }, cumulative, h("span", { class: "name" }, words.cumulative)),
    ),
  };
}

/** Bars of how many links were seen when, those outside of the range paler. */
function chart(app: App, [start, end]: Window): Part {
  const [WIDE, HIGH] = [240, 34];
  const drawing = svg("svg", { class: "activity", viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", role: "img" });
  const note = h("p", { class: "note", id: "activity-note" });
  const at = (seconds: number): number => (WIDE * Math.min(Math.max(seconds - start, 0), end - start + 1)) / (end - start + 1);
  let counts: Histogram | null = null;
  let drawn: Element[] = [];
  let of = "";

  /** Count again only if another filter changed or more was fetched: not while time is played. */
  const count = (): void => {
    const { from: _, to: __, untimed: ___, ...others } = app.state.filters;
    const now = JSON.stringify([others, [...app.state.edits.hidden], app.model.links.id.length], (_key, value) => (value instanceof Set ? [...value] : value) as unknown);
    if (now === of) return;
    of = now;
    const found = histogram(app.model, app.state);
    counts = found?.bars ?? null;
    note.textContent = texts.time.counted(found?.whole ?? false, app.model.links.id.length, app.model.totals.links);
    const { from, width, counts: heights } = counts ?? { from: start, width: 1, counts: [] };
    const tallest = Math.max(1, ...heights);
    drawn = heights.map((links, index) => {
      const [left, right] = [at(from + index * width), at(from + (index + 1) * width)];
      const height = links ? 2 + ((HIGH - 2) * links) / tallest : 0;
      return svg("rect", { x: left, y: HIGH - height, width: (right - left) * 0.85, height });
    });
    drawing.replaceChildren(...drawn);
  };
  return {
    element: h("div", {}, drawing, note),
    show: (range) => {
      count();
      if (!counts) return;
      const { from, width, counts: heights } = counts;
      const inside = (index: number): boolean => from + (index + 1) * width > (range.from ?? start) && from + index * width <= (range.to ?? end);
      drawn.forEach((bar, index) => bar.setAttribute("class", inside(index) ? "in" : "out"));
      const most = heights.reduce((best, links, index) => (links > heights[best] ? index : best), 0);
      drawing.setAttribute("aria-label", texts.time.histogram(heights.length, width, heights[most] ?? 0, from + most * width));
    },
  };
}
