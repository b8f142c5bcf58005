/** The picture: Cytoscape draws what picture.ts has chosen, where layout.py has placed it. */

import cytoscape from "cytoscape";
import { crossesBorder, nameOf, type Case } from "./data";
import type { Route } from "./backend";
import type { Picture } from "./picture";
import type { Edits, Passing, Thing } from "./state";
import { BORDER, BORDER_DARK, lineSymbol, nodeSymbol } from "./symbols";
import * as texts from "./texts";
import { colours } from "./theme";
import { short, visible } from "./unicode";

const NODE_SIZE = 24;
const LABEL_LENGTH = 26;

export interface Handlers {
  select(thing: Thing | null): void;
  /** Add an entity to those chosen together, or take it out. */
  choose(entities: readonly number[]): void;
  open(community: number): void;
  /** Something was dragged to a place. */
  moved(entity: number, place: { x: number; y: number }): void;
}

export class GraphView {
  readonly cy: cytoscape.Core;
  private readonly model: Case;
  /** Waits until zooming is over, to give lines and letters their width on the screen again. */
  private resizing = 0;

  constructor(container: HTMLElement, model: Case, handlers: Handlers) {
    this.model = model;
    this.cy = cytoscape({
      container,
      style: this.styles(),
      layout: { name: "preset" },
      minZoom: 0.005,
      maxZoom: 6,
      boxSelectionEnabled: true,
      selectionType: "single",
      autoungrabify: false,
      // Without a GPU a thousand things cannot be drawn thirty times a second: while it moves, the picture is one image.
      textureOnViewport: true,
    });
    this.cy.on("tap", (event) => {
      if (event.target === this.cy) return handlers.select(null);
      const thing = thingOf(event.target.id());
      const together = (event.originalEvent as MouseEvent | undefined)?.shiftKey;
      if (thing?.what === "entity" && together) handlers.choose([thing.index]);
      else if (thing) handlers.select(thing);
    });
    this.cy.on("boxend", () => {
      // The event comes before the nodes in the box are selected.
      window.setTimeout(() => {
        const boxed = this.cy.nodes(".entity:selected").map((node) => Number(node.id().slice(1)));
        this.cy.elements().unselect();
        if (boxed.length) handlers.choose(boxed);
      });
    });
    this.cy.on("dragfree", "node.entity", (event) => {
      const { x, y } = event.target.position() as { x: number; y: number };
      handlers.moved(Number(event.target.id().slice(1)), { x: Math.round(x), y: Math.round(y) });
    });
    this.cy.on("dbltap", "node.community", (event) => {
      const thing = thingOf(event.target.id());
      if (thing) handlers.open(thing.index);
    });
    this.cy.on("zoom", () => {
      window.clearTimeout(this.resizing);
      this.resizing = window.setTimeout(() => this.cy.style().update(), 60);
    });
  }

  show(picture: Picture, passes: Passing, edits: Edits): void {
    const wanted = new Map<string, cytoscape.ElementDefinition>();
    for (const element of this.elements(picture, passes, edits)) wanted.set(String(element.data.id), element);
    this.cy.batch(() => {
      this.cy.elements().forEach((element) => {
        const keep = wanted.get(element.id());
        if (!keep) element.remove();
        else {
          element.data(keep.data).classes(keep.classes as string);
          if (keep.position) element.position(keep.position);
        }
      });
      const known = new Set(this.cy.elements().map((element) => element.id()));
      this.cy.add([...wanted.values()].filter((element) => !known.has(String(element.data.id))));
    });
  }

  /** Mark what is selected, what is chosen together, and a path. */
  select(thing: Thing | null, together: ReadonlySet<number>, route: Route | null): void {
    this.cy.batch(() => {
      this.cy.elements().removeClass("chosen near dim together route");
      for (const entity of together) this.cy.getElementById(`e${entity}`).addClass("together");
      if (route) {
        const keys = [...route.entities.map((index) => `e${index}`), ...route.links.map((index) => `l${index}`)];
        const path = keys.reduce((found, key) => found.union(this.cy.getElementById(key)), this.cy.collection());
        path.addClass("route near");
        this.cy.elements().not(path).not(".open").addClass("dim");
      }
      const chosen = thing ? this.cy.getElementById(keyOf(thing)) : this.cy.collection();
      if (!chosen.length) return;
      chosen.addClass("chosen");
      if (route || chosen.hasClass("open")) return;
      const near = thing?.what === "link" ? chosen.union((chosen as cytoscape.EdgeCollection).connectedNodes()) : chosen.closedNeighborhood();
      near.addClass("near");
      this.cy.elements().not(near).not(".open").addClass("dim");
    });
  }

  fit(things?: readonly Thing[]): void {
    let elements = this.cy.collection();
    for (const thing of things ?? []) elements = elements.union(this.cy.getElementById(keyOf(thing)));
    if (!things) elements = this.cy.elements();
    if (!elements.length) return;
    this.cy.fit(elements, 50);
    if (this.cy.zoom() > 1.6) {
      this.cy.zoom(1.6);
      this.cy.center(elements);
    }
    // Now, and not once more when the zoom is over: it is.
    window.clearTimeout(this.resizing);
    this.cy.style().update();
  }

  /** Bring a thing into view, near enough to read its name. */
  centre(thing: Thing): void {
    const element = this.cy.getElementById(keyOf(thing));
    if (!element.length) return;
    if (thing.what !== "community" && this.cy.zoom() < 0.6) this.cy.zoom(0.9);
    else if (this.isInView(element)) return;
    this.cy.center(element);
  }

  private isInView(element: cytoscape.CollectionReturnValue): boolean {
    const box = element.renderedBoundingBox({});
    return box.x1 >= 0 && box.y1 >= 0 && box.x2 <= this.cy.width() && box.y2 <= this.cy.height();
  }

  zoomBy(factor: number): void {
    this.cy.zoom({
      level: this.cy.zoom() * factor,
      renderedPosition: { x: this.cy.width() / 2, y: this.cy.height() / 2 },
    });
  }

  /** Take the theme's colours. */
  restyle(): void {
    this.cy.style(this.styles());
  }

  private *elements(picture: Picture, passes: Passing, edits: Edits): Generator<cytoscape.ElementDefinition> {
    const { entities, links, communities } = this.model;
    for (const { index, drawn } of picture.open) {
      const { x, y, radius } = communities[index];
      yield {
        group: "nodes",
        data: { id: `c${index}`, label: texts.community(this.model, index), size: 2 * radius + 60, drawn },
        position: { x, y },
        classes: "community open",
        grabbable: false,
      };
    }
    for (const [index, size] of picture.closed) yield this.closed(index, size);
    for (const { index, members } of picture.groups) {
      const middle = (axis: "x" | "y"): number =>
        members.reduce((sum, member) => sum + (edits.pinned.get(entities.id[member]) ?? { x: entities.x[member], y: entities.y[member] })[axis], 0) / members.length;
      yield {
        group: "nodes",
        data: { id: `g${index}`, label: `${short(visible(edits.groups[index].name), LABEL_LENGTH)}\n${texts.n(members.length)}` },
        position: { x: middle("x"), y: middle("y") },
        classes: "group",
        grabbable: false,
      };
    }
    for (const index of picture.entities) {
      const role = entities.role[index] >= 0 ? this.model.roles[entities.role[index]] : "";
      const classes = ["entity", `role-${role.replace(" ", "-")}`];
      if (!passes.degree[index]) classes.push("faded");
      const [place, note] = [edits.pinned.get(entities.id[index]), edits.notes.get(entities.id[index])];
      if (place) classes.push("pinned");
      if (note) classes.push("noted");
      yield {
        group: "nodes",
        data: {
          id: `e${index}`,
          kind: this.model.kinds[entities.kind[index]],
          label: `${note ? "✎ " : ""}${short(visible(nameOf(this.model, index)), LABEL_LENGTH)}`,
        },
        position: place ? { ...place } : { x: entities.x[index], y: entities.y[index] },
        classes: classes.join(" "),
      };
    }
    for (const index of picture.links) {
      yield {
        group: "edges",
        data: {
          id: `l${index}`,
          kind: this.model.link_kinds[links.kind[index]],
          source: `e${links.source[index]}`,
          target: `e${links.target[index]}`,
        },
        classes: crossesBorder(this.model, index) ? "link crossing" : "link",
      };
    }
    for (const bundle of picture.bundles) {
      yield {
        group: "edges",
        data: { id: `b${bundle.a} ${bundle.b}`, source: bundle.a, target: bundle.b, links: bundle.links },
        classes: bundle.crossing ? "bundle crossing" : "bundle",
        selectable: false,
      };
    }
  }

  private closed(index: number, size: number): cytoscape.ElementDefinition {
    const { x, y, radius } = this.model.communities[index];
    const { kinds, size: members } = this.model.communities[index];
    const data: Record<string, unknown> = {
      id: `c${index}`,
      label: `${texts.community(this.model, index).replace("Community ", "C")}\n${texts.n(size)}`,
      size: 2 * radius,
    };
    // Divided once: a sum of quotients can pass 100, which is no share.
    kinds.forEach((count, kind) => (data[`share${kind}`] = (100 * count) / members));
    const crossing = this.model.communities[index].crossings > 0 ? " crosses" : "";
    return { group: "nodes", data, position: { x, y }, classes: `community closed${crossing}`, grabbable: false };
  }

  private styles(): cytoscape.StylesheetJson {
    const { ink, quiet, paper, accent, dark } = colours();
    const border = dark ? BORDER_DARK : BORDER;
    const perPixel = (pixels: number): number => pixels / (this.cy?.zoom() ?? 1);
    const sheet: { selector: string; style: Record<string, unknown> }[] = [
      {
        selector: "node.entity",
        style: {
          width: NODE_SIZE,
          height: NODE_SIZE,
          label: "data(label)",
          color: ink,
          "font-size": 11,
          "font-family": "system-ui, sans-serif",
          "text-valign": "bottom",
          "text-margin-y": 4,
          "text-background-color": paper,
          "text-background-opacity": 0.75,
          "text-background-padding": 1,
          "min-zoomed-font-size": 7,
          "border-width": 1,
          "border-color": ink,
          "z-index": 10,
        },
      },
      ...this.model.kinds.map((kind) => {
        const { colour, corners } = nodeSymbol(kind);
        return {
          selector: `node[kind = "${kind}"]`,
          style: corners
            ? { "background-color": colour, shape: "polygon", "shape-polygon-points": corners.flat().join(" ") }
            : { "background-color": colour, shape: "ellipse" },
        };
      }),
      { selector: "node.role-suspect", style: { "border-width": 4, "border-color": ink } },
      { selector: "node.role-victim", style: { "border-width": 3, "border-style": "dashed", "background-color": paper } },
      { selector: "node.role-witness, node.role-police-cover", style: { "border-width": 4, "border-style": "double" } },
      {
        selector: "node.closed",
        style: {
          shape: "ellipse",
          width: (node: cytoscape.NodeSingular) => Math.max(node.data("size") as number, perPixel(14)),
          height: (node: cytoscape.NodeSingular) => Math.max(node.data("size") as number, perPixel(14)),
          "background-color": paper,
          "border-width": () => perPixel(1),
          "border-color": quiet,
          label: "data(label)",
          color: ink,
          "text-wrap": "wrap",
          "text-valign": "center",
          "font-size": (node: cytoscape.NodeSingular) => Math.min((node.data("size") as number) / 4.5, perPixel(15)),
          "font-weight": 600,
          "min-zoomed-font-size": 7,
          "pie-size": "93%",
          "pie-hole": "76%",
          "z-index": 5,
          ...Object.fromEntries(
            this.model.kinds.slice(0, 16).flatMap((kind, index) => [
              [`pie-${index + 1}-background-color`, nodeSymbol(kind).colour],
              [`pie-${index + 1}-background-size`, `data(share${index})`],
            ]),
          ),
        },
      },
      { selector: "node.closed.crosses", style: { "border-color": border, "border-width": () => perPixel(3) } },
      {
        selector: "node.open",
        style: {
          shape: "ellipse",
          width: "data(size)",
          height: "data(size)",
          "background-color": dark ? "#1f2833" : "#f3f6f9",
          "border-width": () => perPixel(1.5),
          "border-color": quiet,
          "border-style": "dashed",
          label: "data(label)",
          color: quiet,
          "font-size": () => perPixel(13),
          "font-weight": 600,
          "text-valign": "top",
          "text-margin-y": () => perPixel(-4),
          "z-index": 0,
          "z-index-compare": "manual",
        },
      },
      { selector: "edge", style: { "curve-style": "bezier", "control-point-step-size": 26, "z-index": 2, "z-index-compare": "manual" } },
      { selector: "node.entity, node.closed", style: { "z-index-compare": "manual" } },
      ...this.model.link_kinds.map((kind) => {
        const { colour: light, dark: night, width, dashes, arrow } = lineSymbol(kind);
        const colour = dark ? night : light;
        return {
          selector: `edge[kind = "${kind}"]`,
          style: {
            "line-color": colour,
            width,
            "target-arrow-color": colour,
            "target-arrow-shape": arrow ? "triangle" : "none",
            "line-style": dashes ? "dashed" : "solid",
            ...(dashes ? { "line-dash-pattern": [...dashes] } : {}),
          },
        };
      }),
      {
        selector: "edge.bundle",
        style: {
          "curve-style": "straight",
          "line-color": quiet,
          "line-opacity": 0.75,
          width: (edge: cytoscape.EdgeSingular) => perPixel(Math.min(8, 0.8 + 1.1 * Math.log2(edge.data("links") as number))),
          label: (edge: cytoscape.EdgeSingular) => ((edge.data("links") as number) > 1 ? texts.n(edge.data("links") as number) : ""),
          "font-size": () => perPixel(11),
          color: quiet,
          "text-background-color": paper,
          "text-background-opacity": 0.85,
          "text-background-padding": () => `${perPixel(2)}px`,
        },
      },
      {
        selector: "edge.crossing",
        style: { "mid-target-arrow-shape": "diamond", "mid-target-arrow-color": border, "arrow-scale": 1.1 },
      },
      { selector: "edge.bundle.crossing", style: { "line-color": border, "line-opacity": 0.6, "mid-target-arrow-shape": "none" } },
      { selector: ".faded", style: { opacity: 0.3 } },
      { selector: ".dim", style: { opacity: 0.22 } },
      { selector: ".near", style: { "z-index": 20 } },
      { selector: "node.entity.near", style: { "min-zoomed-font-size": 0 } },
      {
        selector: "node.chosen",
        style: { "overlay-color": accent, "overlay-opacity": 0.2, "overlay-padding": 7, "z-index": 30, opacity: 1 },
      },
      { selector: "node.open.chosen", style: { "overlay-opacity": 0, "border-color": accent, "z-index": 0 } },
      { selector: "edge.chosen", style: { "overlay-color": accent, "overlay-opacity": 0.25, "overlay-padding": 5, opacity: 1 } },
      {
        selector: "node.group",
        style: {
          shape: "round-rectangle",
          width: 74,
          height: 46,
          "background-color": paper,
          "border-width": 2.5,
          "border-color": ink,
          label: "data(label)",
          color: ink,
          "text-wrap": "wrap",
          "text-valign": "center",
          "font-size": 12,
          "font-weight": 600,
          "min-zoomed-font-size": 6,
          "z-index": 12,
          "z-index-compare": "manual",
        },
      },
      { selector: "node.pinned", style: { "outline-width": 2, "outline-offset": 3, "outline-color": quiet, "outline-style": "dotted" } },
      { selector: "node.together", style: { "outline-width": 3, "outline-offset": 3, "outline-color": accent, "outline-style": "solid" } },
      {
        selector: "node.route",
        style: {
          // Ends of a long path are far apart: they stay large enough to be seen and read.
          width: () => Math.max(NODE_SIZE, perPixel(16)),
          height: () => Math.max(NODE_SIZE, perPixel(16)),
          "font-size": () => Math.max(11, perPixel(12)),
          "outline-width": () => perPixel(4),
          "outline-offset": () => perPixel(2),
          "outline-color": border,
          "outline-style": "solid",
          opacity: 1,
        },
      },
      { selector: "edge.route", style: { width: () => Math.max(4, perPixel(4)), "line-color": border, "target-arrow-color": border, opacity: 1 } },
      { selector: "core", style: { "active-bg-size": 0, "selection-box-opacity": 0 } },
    ];
    return sheet as unknown as cytoscape.StylesheetJson;
  }
}

export function keyOf(thing: Thing): string {
  return `${thing.what.charAt(0)}${thing.index}`;
}

function thingOf(key: string): Thing | null {
  const index = Number(key.slice(1));
  if (key.startsWith("e")) return { what: "entity", index };
  if (key.startsWith("l")) return { what: "link", index };
  if (key.startsWith("c")) return { what: "community", index };
  if (key.startsWith("g")) return { what: "group", index };
  return null;
}
