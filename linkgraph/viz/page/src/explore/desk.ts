/** What the explorer's panels share: the server, the session, the jobs that run, and going on to a newer state of the case. */

import { Refused, Unreachable, type Api, type Job } from "../api";
import { h } from "../dom";
import type { Session } from "../session";
import { exploring } from "../texts";
import { read, saved } from "../view";
import * as texts from "../texts";

const KEPT = "linkgraph view";

export class Desk {
  readonly api: Api;
  readonly session: Session;
  readonly readOnly: boolean;
  /** Where jobs are shown. */
  readonly jobs: HTMLElement = h("ul", { id: "jobs", class: "jobs", "aria-label": exploring.jobs });

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
      sessionStorage.setItem(KEPT, JSON.stringify(saved(model, state, camera)));
    } catch {
      // Storage is switched off: the view is lost, the case is not.
    }
    window.location.reload();
  }

  /** Take up the view that was kept for this page, once. */
  async restore(): Promise<void> {
    let text: string | null = null;
    try {
      text = sessionStorage.getItem(KEPT);
      sessionStorage.removeItem(KEPT);
    } catch {
      return;
    }
    if (text === null) return;
    const { model, view } = this.session;
    try {
      const found = read(model, text, { noView: texts.words.viewIsNone, otherCase: texts.words.viewOfOther });
      this.session.preview((now) => Object.assign(now, { filters: found.filters, open: found.open, wanted: found.wanted, edits: found.edits }));
      if (found.camera) view.cy.viewport({ zoom: found.camera.zoom, pan: { ...found.camera.pan } });
    } catch (fault) {
      if (!(fault instanceof RangeError)) throw fault;
    }
  }
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
