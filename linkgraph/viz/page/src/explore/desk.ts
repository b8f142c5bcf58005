/** What the explorer's panels share: the server, the session, the jobs that run, and going on to a newer state of the case. */

import { Refused, Unreachable, type Api, type Job } from "../api";
import { h } from "../dom";
import type { Session } from "../session";
import { exploring } from "../texts";
import * as texts from "../texts";
import { read, saved, type View } from "../view";

const KEPT = "linkgraph view";
/** Entities of a kept view that are fetched again, those that were drawn first. */
const FETCHED = 60;
/** Jobs that are listed though they ended before the page was loaded. */
const FINISHED = 5;

interface Kept {
  readonly view: View;
  readonly selected: string | null;
  /** Whether the panel "Case" was in front. */
  readonly inCase: boolean;
}

export class Desk {
  readonly api: Api;
  readonly session: Session;
  readonly readOnly: boolean;
  /** Where jobs are shown. */
  readonly jobs: HTMLElement = h("ul", { id: "jobs", class: "jobs", "aria-label": exploring.jobs });
  /** Takes files that were dropped; the panel that imports sets it. */
  offer: (files: readonly File[]) => void = () => undefined;
  private readonly followed = new Set<string>();

  constructor(api: Api, session: Session) {
    this.api = api;
    this.session = session;
    this.readOnly = session.model.explorer?.read_only ?? true;
    api.outdated = () => this.reload();
    window.addEventListener("unhandledrejection", (event) => {
      const sentence = sentenceOf(event.reason);
      if (sentence === null) return;
      event.preventDefault();
      session.say(sentence);
    });
  }

  /** Show a job until it ends; give its last state. */
  async follow(id: string): Promise<Job> {
    this.followed.add(id);
    const name = h("span", { class: "job-name" });
    const bar = h("progress", {});
    const item = h("li", {}, name, bar);
    this.jobs.prepend(item);
    try {
      const job = await this.api.follow(id, ({ what, done, total, sentence }) => {
        name.textContent = sentence || (exploring.jobNames[what] ?? what);
        bar.setAttribute("aria-label", exploring.jobNames[what] ?? what);
        if (total > 0) {
          bar.max = total;
          bar.value = done;
        } else bar.removeAttribute("value");
      });
      name.textContent = `${exploring.jobNames[job.what] ?? job.what}: ${job.sentence || exploring.jobDone}`;
      return job;
    } catch (fault) {
      name.textContent = sentenceOf(fault) ?? String(fault);
      item.className = "error";
      throw fault;
    } finally {
      bar.remove();
    }
  }

  /** Wait until the picture of a change is made, and go on to it. */
  async renew(job: string | null): Promise<void> {
    if (job === null) return;
    this.session.say(exploring.renewing);
    await this.follow(job);
    this.reload();
  }

  /** Load the page anew, with what the investigator made of it. */
  reload(): void {
    const { view, model, state } = this.session;
    const camera = { zoom: view.cy.zoom(), pan: { ...view.cy.pan() } };
    try {
      const selected = state.selected?.what === "entity" ? model.entities.id[state.selected.index] : null;
      const kept: Kept = { view: saved(model, state, camera), selected, inCase: document.getElementById("tab-case")?.ariaSelected === "true" };
      sessionStorage.setItem(KEPT, JSON.stringify(kept));
    } catch {
      // Storage is switched off: the view is lost, the case is not.
    }
    window.location.reload();
  }

  /** Take up the view that was kept for this page, once, when the page has been drawn. */
  async restore(root: HTMLElement): Promise<void> {
    let text: string | null = null;
    try {
      text = sessionStorage.getItem(KEPT);
    } catch {
      return;
    }
    if (text === null) return;
    await drawn(root);
    sessionStorage.removeItem(KEPT);
    const { model, view, backend } = this.session;
    try {
      const kept = JSON.parse(text) as Kept;
      await this.fetchAgain(kept);
      const found = read(model, JSON.stringify(kept.view), { noView: texts.words.viewIsNone, otherCase: texts.words.viewOfOther });
      await Promise.all(found.open.map((community) => backend.open(community)));
      const selected = model.byId.get(kept.selected ?? "");
      if (kept.inCase) document.getElementById("tab-case")?.click();
      const { state } = this.session;
      Object.assign(state, { filters: found.filters, open: found.open, wanted: found.wanted, edits: found.edits });
      if (selected !== undefined) state.selected = { what: "entity", index: selected };
      await this.session.draw();
      this.session.tell();
      if (found.camera) view.cy.viewport({ zoom: found.camera.zoom, pan: { ...found.camera.pan } });
      this.session.say([exploring.renewed, found.missing ? texts.words.viewMissing(found.missing) : ""].filter(Boolean).join(" "));
    } catch (fault) {
      if (fault instanceof RangeError) this.session.say(fault.message);
      else throw fault;
    }
  }

  /** Numbers of entities are of one state of the case: what a view names is found by its id. */
  private async fetchAgain({ view, selected }: Kept): Promise<void> {
    const { model } = this.session;
    const named = [...view.wanted, ...(selected === null ? [] : [selected]), ...Object.keys(view.pinned), ...Object.keys(view.notes), ...view.groups.flatMap((one) => one.members)];
    const missing = [...new Set(named)].filter((id) => !model.byId.has(id)).slice(0, FETCHED);
    await Promise.all(missing.map((id) => this.entity(id)));
  }

  /** Have an entity in the columns by its id; its position, or null where the picture does not have it. */
  async entity(id: string): Promise<number | null> {
    const { model, backend } = this.session;
    if (!model.byId.has(id)) {
      const { hits } = await backend.search(id, 1);
      if (hits[0]) await backend.hold(hits[0]);
    }
    return model.byId.get(id) ?? null;
  }

  /** List what the server works on or has done, of which this page does not know. */
  async takeUpJobs(): Promise<void> {
    const { jobs } = await this.api.get<{ jobs: readonly Job[] }>("/api/status");
    const recent = jobs.filter((job, index) => job.state === "running" || index >= jobs.length - FINISHED);
    // What a job failed of is said in its line.
    for (const job of recent) if (!this.followed.has(job.id)) this.follow(job.id).catch(() => undefined);
  }
}

/** Wait for the first drawing, which sets the camera. */
function drawn(root: HTMLElement): Promise<void> {
  return new Promise((done) => {
    if (root.dataset.ready) return done();
    const watch = new MutationObserver(() => {
      if (!root.dataset.ready) return;
      watch.disconnect();
      done();
    });
    watch.observe(root, { attributes: true, attributeFilter: ["data-ready"] });
  });
}

/** What went wrong with a request, in words; null where it was something else. */
export function sentenceOf(fault: unknown): string | null {
  if (fault instanceof Unreachable) return exploring.unreachable;
  return fault instanceof Refused ? fault.message : null;
}

/** Do something on a press, and say what is refused beside it. */
export async function saying(place: HTMLElement, act: () => Promise<void>): Promise<void> {
  place.textContent = "";
  place.className = "note";
  try {
    await act();
  } catch (fault) {
    const sentence = sentenceOf(fault);
    if (sentence === null) throw fault;
    place.textContent = sentence;
    place.className = "error";
  }
}

export function part(id: string, title: string, ...children: HTMLElement[]): HTMLElement {
  return h("section", { class: "group", id, "aria-labelledby": `${id}-title` }, h("h3", { id: `${id}-title` }, title), ...children);
}
