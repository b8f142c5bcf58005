/** One page at work: the state, its history, and what follows from a change. Panels see it as their App. */

import type { App } from "./app";
import type { Backend, Overview, Route } from "./backend";
import type { Case } from "./data";
import { h } from "./dom";
import { GraphView } from "./graphview";
import { History } from "./history";
import { picture, type Picture } from "./picture";
import { leftOut, shownText } from "./shown";
import { initialState, noEdits, passing, type Passing, type State, type Thing } from "./state";
import * as texts from "./texts";

export interface Places {
  readonly canvas: HTMLElement;
  /** Where the page says what is drawn, what is left out, and what has just happened. */
  readonly status: HTMLElement;
  readonly notes: HTMLElement;
  readonly said: HTMLElement;
}

const NOTHING: Picture = { entities: [], links: [], groups: [], closed: [], open: [], bundles: [], closedLeftOut: 0, bundlesLeftOut: 0, wantedLeftOut: 0, whole: true };

export class Session implements App {
  readonly state: State = initialState();
  readonly history = new History();
  readonly view: GraphView;
  readonly model: Case;
  readonly backend: Backend;
  passes: Passing;
  picture: Picture = NOTHING;
  route: Route | null = null;
  private readonly places: Places;
  private readonly draws: (() => void)[] = [];
  private readonly selects: ((thing: Thing | null) => void)[] = [];
  private drawing = 0;
  private closedForRoom: number[] = [];
  private said = 0;

  constructor(model: Case, backend: (app: () => App) => Backend, places: Places) {
    this.model = model;
    this.places = places;
    this.backend = backend(() => this);
    this.passes = passing(model, this.state);
    this.view = new GraphView(places.canvas, model, {
      select: (thing) => this.choose(thing),
      choose: (entities) => this.toggleChosen(entities),
      open: (community) => void this.toggle(community),
      moved: (entity, place) => this.act(({ edits }) => void edits.pinned.set(model.entities.id[entity], place)),
    });
  }

  act(change: (state: State) => void): void {
    this.places.status.setAttribute("aria-live", "polite");
    void this.drawWith(change);
  }

  preview(change: (state: State) => void): void {
    // Steps of playing are not read out one by one.
    this.places.status.setAttribute("aria-live", "off");
    change(this.state);
    void this.draw();
  }

  undo(): void {
    const { words } = texts;
    this.say(this.history.undo(this.state) ? words.undone : words.nothingToUndo);
    void this.draw();
  }

  redo(): void {
    const { words } = texts;
    this.say(this.history.redo(this.state) ? words.redone : words.nothingToUndo);
    void this.draw();
  }

  select(thing: Thing | null): void {
    void this.bring(thing);
  }

  onDraw(follow: () => void): void {
    this.draws.push(follow);
    follow();
  }

  onSelect(follow: (thing: Thing | null) => void): void {
    this.selects.push(follow);
  }

  say(text: string): void {
    const { said } = this.places;
    said.textContent = text;
    window.clearTimeout(this.said);
    this.said = window.setTimeout(() => (said.textContent = ""), 8000);
  }

  mark(route: Route | null): void {
    this.route = route;
    if (!route) {
      this.highlight();
      return;
    }
    const missing = route.entities.filter((entity) => !this.isDrawn(entity));
    const shown = missing.length ? this.drawWith((state) => missing.forEach((entity) => state.wanted.add(entity))) : Promise.resolve();
    void shown.then(() => {
      this.highlight();
      this.view.fit(route.entities.map((index) => ({ what: "entity", index }) as const));
    });
  }

  /** Open a community in the picture, or close it. */
  async toggle(community: number): Promise<void> {
    const open = this.state.open.includes(community);
    if (!open) await this.backend.open(community);
    this.state.selected = { what: "community", index: community };
    await this.drawWith((state) => {
      state.open = open ? state.open.filter((one) => one !== community) : [community, ...state.open];
    });
    this.tell();
    if (open) this.view.fit();
    else this.view.fit([{ what: "community", index: community }]);
  }

  closeAll(): void {
    void this.drawWith((state) => {
      state.open = [];
      state.wanted.clear();
    }).then(() => this.view.fit());
  }

  /** Back to the start picture; notes, pins, groups and what is hidden are edits and go too: undo brings them back. */
  reset(): void {
    const start = initialState();
    this.route = null;
    this.state.chosen.clear();
    void this.drawWith((state) => Object.assign(state, { filters: start.filters, open: [], wanted: new Set(), edits: noEdits() })).then(() => {
      this.choose(null);
      this.view.fit();
    });
  }

  /** Show the strongest neighbours of an entity that are not drawn yet. */
  async expand(entity: number): Promise<void> {
    const { entities, left } = await this.backend.expand(entity, NEIGHBOURS);
    const missing = entities.filter((one) => !this.isDrawn(one));
    await this.drawWith((state) => [entity, ...missing].forEach((one) => state.wanted.add(one)));
    this.say(texts.words.expanded(missing.length, left));
    this.view.fit([entity, ...entities].map((index) => ({ what: "entity", index }) as const));
  }

  toggleChosen(entities: readonly number[]): void {
    const { chosen } = this.state;
    for (const entity of entities) {
      if (entities.length === 1 && chosen.has(entity)) chosen.delete(entity);
      else chosen.add(entity);
    }
    this.say(texts.words.chosen(chosen.size));
    this.highlight();
    this.tell();
  }

  isDrawn(entity: number): boolean {
    return this.view.cy.getElementById(`e${entity}`).length > 0;
  }

  /** Draw what passes and follow it everywhere; a later drawing overtakes an earlier one that still waits for a server. */
  async draw(): Promise<void> {
    const turn = ++this.drawing;
    const overview = await this.backend.overview(this.state.filters);
    if (turn !== this.drawing) return;
    this.passes = passing(this.model, this.state);
    this.picture = picture(this.model, this.passes, this.withoutHidden(overview), this.state);
    const opened = this.picture.open.map((one) => one.index);
    if (!this.picture.whole) {
      this.closedForRoom = this.state.open.filter((index) => !opened.includes(index) && overview.sizes[index]);
      this.state.open = opened;
    } else this.closedForRoom = [];
    this.view.show(this.picture, this.passes, this.state.edits);
    this.highlight();
    this.report(overview);
    for (const follow of this.draws) follow();
  }

  async drawWith(change: (state: State) => void): Promise<void> {
    this.history.remember(this.state);
    change(this.state);
    await this.draw();
  }

  private choose(thing: Thing | null): void {
    this.state.selected = thing;
    if (!thing) this.state.chosen.clear();
    this.highlight();
    this.tell();
  }

  private async bring(thing: Thing | null): Promise<void> {
    if (thing) {
      const { links } = this.model;
      const ends = thing.what === "entity" ? [thing.index] : thing.what === "link" ? [links.source[thing.index], links.target[thing.index]] : [];
      const missing = ends.filter((end) => !this.isDrawn(end));
      if (missing.length && !this.picture.whole) {
        const communities = new Set(missing.map((end) => this.model.entities.community[end]));
        for (const community of communities) await this.backend.open(community);
        await this.drawWith((state) => {
          for (const end of missing) state.wanted.add(end);
          state.open = [...communities, ...state.open.filter((one) => !communities.has(one))];
        });
      }
    }
    this.choose(thing);
    if (thing) this.view.centre(thing);
  }

  private highlight(): void {
    this.view.select(this.state.selected, this.state.chosen, this.route);
  }

  tell(): void {
    for (const follow of this.selects) follow(this.state.selected);
  }

  /** An overview knows the filters; what the investigator hid is taken off here. */
  private withoutHidden(overview: Overview): Overview {
    if (!this.state.edits.hidden.size) return overview;
    const before = passing(this.model, { filters: this.state.filters, edits: noEdits() });
    const sizes = Array.from(overview.sizes);
    before.entities.forEach((pass, entity) => (sizes[this.model.entities.community[entity]] -= pass - this.passes.entities[entity]));
    return {
      ...overview,
      sizes,
      entities: overview.entities - before.entityCount + this.passes.entityCount,
      links: overview.links - before.linkCount + this.passes.linkCount,
    };
  }

  private report(overview: Overview): void {
    const { left } = texts;
    this.places.status.textContent = shownText(this);
    const said = leftOut(this);
    for (const index of this.closedForRoom) said.push(left.closed(texts.community(this.model, index)));
    if (!overview.ofAll) said.push(left.carried(this.model.entities.id.length));
    this.places.notes.replaceChildren(...said.map((text) => h("li", {}, text)));
  }
}

/** How many neighbours are shown at a time. */
const NEIGHBOURS = 50;
