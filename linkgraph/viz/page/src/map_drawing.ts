/** The drawn map: shapes of countries, hatched the denser the more entities they have, dots, flows and their numbers. */

import { h, svg } from "./dom";
import { classOf, shadingClasses, type Counts, type Flow } from "./map_counts";
import { around, curve, extent, inside, nearest, room, thickness, zoomed, type Box, type Point } from "./map_shapes";
import { outline } from "./outline";
import { BORDER, BORDER_DARK } from "./symbols";
import * as texts from "./texts";

const FLOWS_DRAWN = 40;
/** Distance of the lines of each class of hatching, in pixels: told apart in print without colour. */
const HATCHES = [12, 8, 5.5, 3.7, 2.4];
/** A shape smaller than this on the screen, in pixels, is marked with a dot. */
const SMALL = 16;
/** Units of the drawing: the narrowest part of the world that is shown, and a shape too wide to be fitted whole. */
const LEAST = 60;
const FITTED = 260;
const WIDE = 500;

const WORLD: Box = { x: 0, y: 0, width: outline.width, height: outline.height };
const ARROWS: Readonly<Record<string, Point>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export interface Marks {
  off(country: number): boolean;
  only(country: number): boolean;
  readonly pair: readonly [number, number] | null;
}

export interface Atlas {
  readonly element: HTMLElement;
  readonly legend: HTMLElement;
  show(counts: Counts, marks: Marks): void;
  /** Whether a country is on the map. */
  has(country: number): boolean;
  fit(): void;
  world(): void;
  zoom(factor: number): void;
  /** Called with what is not drawn, in words, after every drawing. */
  onCut(say: (said: string) => void): void;
}

interface Land {
  readonly element: Element;
  readonly dot: Element;
  readonly title: Element;
  readonly at: Point;
  /** Room of its shape; null for one that has none. */
  readonly box: Box | null;
}

interface Acts {
  country(country: number, more: boolean): void;
  flow(a: number, b: number): void;
}

/** Hatching of one class; `scale` makes a pixel of the drawing's units. */
function hatch(id: string, shade: number): Element {
  const distance = HATCHES[shade];
  return svg(
    "pattern",
    { id, width: distance, height: distance, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { class: "map-paper", width: distance, height: distance }),
    svg("rect", { class: "map-hatch", width: 1.4, height: distance }),
  );
}

export function atlas(codes: readonly string[], name: (country: number) => string, acts: Acts): Atlas {
  const { maps } = texts;
  const patterns = HATCHES.map((_, shade) => hatch(`map-shade-${shade}`, shade));
  const ground = svg("g", { "aria-hidden": "true" });
  const seas = svg("g");
  const flows = svg("g", { "aria-hidden": "true" });
  const words = svg("g", { "aria-hidden": "true", class: "map-words" });
  const root = svg("svg", { class: "map-drawing", role: "group", "aria-label": maps.title, "aria-describedby": "map-help", preserveAspectRatio: "xMidYMid meet" }, svg("defs", {}, ...patterns), ground, seas, flows, words);

  const number = new Map(codes.map((code, index) => [code, index]));
  const lands = new Map<number, Land>();
  for (const [index, code] of codes.entries()) {
    const at = outline.places[code];
    if (!at) continue;
    const path = outline.shapes.find(([shape]) => shape === code)?.[1];
    const [dot, title] = [svg("circle", { cx: at[0], cy: at[1], class: "map-dot" }), svg("title")];
    const shape = path ? [svg("path", { d: path })] : [];
    lands.set(index, { element: svg("g", { class: "map-country", "data-country": index }, title, ...shape, dot), dot, title, at, box: path ? extent(path) : null });
  }
  ground.append(...outline.shapes.filter(([code]) => !number.has(code)).map(([, path]) => svg("path", { d: path, class: "map-land" })));
  seas.append(...[...lands.values()].map(({ element }) => element));

  let counts: Counts = { countries: [], flows: [], ofAll: true, filtered: false };
  let marks: Marks = { off: () => false, only: () => false, pair: null };
  let view: Box | null = null;
  let say: (said: string) => void = () => undefined;
  let here = -1;
  const legend = h("div", { class: "map-legend" });
  const element = h("div", { class: "map-frame" }, root, h("p", { id: "map-help", class: "visually-hidden" }, maps.help));
  for (const { style } of [element, legend]) {
    style.setProperty("--flow-light", BORDER);
    style.setProperty("--flow-dark", BORDER_DARK);
  }

  /** Units of the drawing in one pixel, and what of the drawing is on the screen: more than the view where the shapes differ. */
  const screen = (): { unit: number; seen: Box } => {
    const { width, height } = root.getBoundingClientRect();
    const box = view ?? WORLD;
    if (!width || !height) return { unit: box.width / 600, seen: box };
    const unit = Math.max(box.width / width, box.height / height);
    return { unit, seen: { x: box.x + (box.width - unit * width) / 2, y: box.y + (box.height - unit * height) / 2, width: unit * width, height: unit * height } };
  };
  const present = (): number[] => counts.countries.map(({ country }) => country).filter((country) => lands.has(country));

  const place = (): void => {
    view ??= fitted();
    root.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
    const { unit, seen } = screen();
    for (const pattern of patterns) pattern.setAttribute("patternTransform", `rotate(45) scale(${unit})`);
    const begins = shadingClasses(counts.countries.find(({ country }) => country >= 0)?.entities ?? 0);
    const sizes = new Map(counts.countries.map((one) => [one.country, one]));
    const labels: { text: string; at: Point; width: number; height: number; kind: string }[] = [];
    const label = (text: string, at: Point, kind: string): void => {
      labels.push({ text, at, kind, width: (text.length * 7 + 4) * unit, height: 14 * unit });
    };
    if (!sizes.has(here) || !lands.has(here)) here = present()[0] ?? -1;
    for (const [country, { element, dot, title, box }] of lands) {
      const size = sizes.get(country);
      const off = marks.off(country);
      const shade = size ? classOf(begins, size.entities) : -1;
      const small = !box || Math.max(box.width, box.height) < SMALL * unit;
      element.setAttribute("class", `map-country${size ? "" : " empty"}${off ? " off" : ""}${marks.only(country) ? " only" : ""}`);
      if (size && !off) element.setAttribute("fill", `url(#map-shade-${shade})`);
      else element.removeAttribute("fill");
      dot.setAttribute("r", String(size && small ? (3 + 1.2 * shade) * unit : 0));
      const said = size ? maps.countryLabel(name(country), size.entities, size.crossing, off) : "";
      title.textContent = said || name(country);
      const attributes: Record<string, string | null> = { role: "button", "aria-label": said, "aria-pressed": String(marks.only(country)), tabindex: country === here ? "0" : "-1" };
      for (const [key, value] of Object.entries(attributes)) {
        if (size && value !== null) element.setAttribute(key, value);
        else element.removeAttribute(key);
      }
      if (size && small) dot.setAttribute("data-small", "");
      else dot.removeAttribute("data-small");
    }
    for (const { country, entities } of counts.countries) {
      const land = lands.get(country);
      if (!land) continue;
      const small = land.dot.hasAttribute("data-small");
      label(`${codes[country]} ${texts.n(entities)}`, small ? [land.at[0], land.at[1] - 14 * unit] : land.at, marks.off(country) ? "off" : "");
    }
    const drawable = counts.flows.filter(({ a, b }) => lands.has(a) && lands.has(b));
    const drawn = drawable.slice(0, FLOWS_DRAWN);
    flows.replaceChildren(...drawn.map((flow) => line(flow, drawn[0].links, label)).reverse());
    const places = room(labels, seen);
    words.replaceChildren(
      ...labels.flatMap(({ text, kind }, index) => {
        const at = places[index];
        if (!at) return [];
        const element = svg("text", { x: at[0], y: at[1] + 4 * unit, class: `map-label ${kind}`, "font-size": 12 * unit, "stroke-width": 3 * unit });
        element.textContent = text;
        return [element];
      }),
    );
    const cut = labels.filter(({ at: [x, y] }, index) => !places[index] && x >= seen.x && x <= seen.x + seen.width && y >= seen.y && y <= seen.y + seen.height).length;
    const said = [];
    if (drawn.length < drawable.length) said.push(maps.flowsCut(drawn.length, drawable.length));
    if (cut) said.push(maps.labelsCut(cut));
    say(said.join(" "));
    showLegend(begins, drawn.length > 0);
  };

  const line = ({ a, b, links }: Flow, most: number, label: (text: string, at: Point, kind: string) => void): Element => {
    const [from, to] = [lands.get(a), lands.get(b)];
    const { path, middle } = curve(from?.at ?? [0, 0], to?.at ?? [0, 0]);
    const off = marks.off(a) || marks.off(b);
    const only = marks.pair && marks.pair[0] === a && marks.pair[1] === b;
    const title = svg("title");
    title.textContent = maps.flowLabel(name(a), name(b), links);
    if (!off) label(texts.n(links), middle, "flow");
    return svg(
      "g",
      { class: `map-flow${off ? " off" : ""}${only ? " only" : ""}`, "data-flow": `${a} ${b}` },
      title,
      svg("path", { d: path, class: "map-flow-line", "stroke-width": thickness(links, most) }),
      // Thin lines are hard to hit; this one is wide and not seen.
      svg("path", { d: path, class: "map-flow-reach", "stroke-width": 12 }),
    );
  };

  const showLegend = (begins: readonly number[], flowing: boolean): void => {
    const swatch = (...parts: Element[]): Element => svg("svg", { class: "sample", width: 26, height: 16, viewBox: "0 0 26 16", "aria-hidden": "true" }, ...parts);
    const rows: [Element, string][] = begins.map((begin, shade) => [
      swatch(hatch(`map-key-${shade}`, shade), svg("rect", { x: 0.5, y: 0.5, width: 25, height: 15, class: "map-swatch", fill: `url(#map-key-${shade})` })),
      maps.shade(begin, shade + 1 < begins.length ? begins[shade + 1] - 1 : null),
    ]);
    if (begins.length) rows.push([swatch(svg("circle", { cx: 8, cy: 8, r: 3, class: "map-dot" }), svg("circle", { cx: 18, cy: 8, r: 6, class: "map-dot" })), maps.dot]);
    if (flowing) rows.push([swatch(svg("path", { d: "M1 14Q13 0 25 14", class: "map-flow-line", "stroke-width": 3 })), maps.flow]);
    legend.replaceChildren(h("p", { class: "map-key" }, maps.legend), h("ul", {}, ...rows.map(([mark, text]) => h("li", {}, mark, h("span", {}, text)))));
    legend.hidden = !rows.length;
  };

  const fitted = (): Box => {
    const boxes = present().map((country) => {
      const land = lands.get(country) as Land;
      if (land.box && land.box.width < WIDE) return land.box;
      return { x: land.at[0] - FITTED / 2, y: land.at[1] - FITTED / 4, width: FITTED, height: FITTED / 2 };
    });
    return around(boxes, WORLD, FITTED);
  };
  const turn = (to: Box): void => {
    view = to;
    place();
  };
  const zoom = (factor: number, at?: Point): void => {
    const box = view ?? WORLD;
    turn(zoomed(box, factor, at ?? [box.x + box.width / 2, box.y + box.height / 2], WORLD, LEAST));
  };
  const focus = (country: number): void => {
    here = country;
    const land = lands.get(country);
    if (!land || !view) return;
    const { seen } = screen();
    const [x, y] = land.at;
    if (x < seen.x || y < seen.y || x > seen.x + seen.width || y > seen.y + seen.height) view = inside({ ...view, x: x - view.width / 2, y: y - view.height / 2 }, WORLD);
    place();
    (land.element as SVGElement).focus();
  };

  const hit = (event: Event, what: string): string | null => (event.target as Element).closest(`[data-${what}]`)?.getAttribute(`data-${what}`) ?? null;
  const choose = (event: MouseEvent | KeyboardEvent): void => {
    const more = event.ctrlKey || event.metaKey || event.shiftKey;
    const [flow, country] = [hit(event, "flow"), hit(event, "country")];
    if (flow) {
      const [a, b] = flow.split(" ").map(Number);
      acts.flow(a, b);
    } else if (country !== null && counts.countries.some((one) => one.country === Number(country))) {
      here = Number(country);
      acts.country(here, more);
    }
  };
  let pressed: { x: number; y: number; view: Box; moved: boolean } | null = null;
  const events = root as SVGSVGElement;
  events.addEventListener("pointerdown", (event) => {
    if (event.button === 0) pressed = { x: event.clientX, y: event.clientY, view: view ?? WORLD, moved: false };
  });
  events.addEventListener("pointermove", (event) => {
    if (!pressed || !event.buttons) return;
    const [dx, dy] = [event.clientX - pressed.x, event.clientY - pressed.y];
    if (!pressed.moved && Math.hypot(dx, dy) < 5) return;
    // Captured only now: a press that does not move is a click on what is under it.
    if (!pressed.moved) events.setPointerCapture(event.pointerId);
    pressed.moved = true;
    const { unit } = screen();
    turn(inside({ ...pressed.view, x: pressed.view.x - dx * unit, y: pressed.view.y - dy * unit }, WORLD));
  });
  // The click that ends a drag comes before the timer; one that no pointer made, as of a screen reader, is none of it.
  for (const end of ["pointerup", "pointercancel"]) events.addEventListener(end, () => setTimeout(() => (pressed = null)));
  events.addEventListener("click", (event) => {
    if (!pressed?.moved) choose(event);
  });
  events.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { left, top } = root.getBoundingClientRect();
      const { unit, seen } = screen();
      zoom(event.deltaY < 0 ? 1.25 : 0.8, [seen.x + (event.clientX - left) * unit, seen.y + (event.clientY - top) * unit]);
    },
    { passive: false },
  );
  events.addEventListener("keydown", (event) => {
    const keys: Record<string, () => void> = { "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5), "0": () => turn(fitted()) };
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return choose(event);
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const all = present();
    const arrow = ARROWS[event.key];
    if (arrow && all.length) {
      event.preventDefault();
      const to = nearest(all.map((country) => (lands.get(country) as Land).at), Math.max(0, all.indexOf(here)), arrow);
      if (to >= 0) focus(all[to]);
    } else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  new ResizeObserver(() => place()).observe(root);

  return {
    element,
    legend,
    has: (country) => lands.has(country),
    show: (next, how) => {
      [counts, marks] = [next, how];
      place();
    },
    fit: () => turn(fitted()),
    world: () => turn(WORLD),
    zoom: (factor) => zoom(factor),
    onCut: (told) => {
      say = told;
    },
  };
}
