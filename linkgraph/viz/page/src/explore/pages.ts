/** Making the page of the case: a file to hand on, without victims unless that is asked for and logged. */

import { button, h } from "../dom";
import { download } from "../download";
import { exploring as said } from "../texts";
import { part, saying, type Desk } from "./desk";

interface Made {
  readonly file: string;
  readonly digest: string;
  readonly sha256: string;
}

export function pagePart(desk: Desk): HTMLElement {
  const victims = h("input", { type: "checkbox", id: "page-victims" });
  const around = h("input", { type: "checkbox", id: "page-around" });
  const hops = h("input", { type: "number", id: "page-hops", min: 1, max: 10, value: 2 });
  const note = h("p", { class: "note", role: "status", id: "page-note" });
  const { session } = desk;
  const make = (): Promise<void> =>
    saying(note, async () => {
      const { selected } = session.state;
      if (around.checked && selected?.what !== "entity") {
        note.textContent = said.selectFirst;
        return;
      }
      const centre = around.checked && selected?.what === "entity" ? session.model.entities.id[selected.index] : null;
      const { job } = await desk.api.post<{ job: string }>("/api/page", { show_victims: victims.checked, around: centre, hops: Number(hops.value) || 2 });
      const made = (await desk.follow(job)).result as unknown as Made;
      download(await desk.api.file(`/api/files/${made.file}`), "linkgraph-page.html");
      note.textContent = said.pageMade(made.sha256, made.digest);
    });
  const choice = (input: HTMLInputElement, label: string): HTMLElement => h("label", { class: "choice", for: input.id }, input, h("span", { class: "name" }, label));
  return part("pages", said.page, choice(around, said.pageAround), h("div", { class: "stated" }, h("label", { for: "page-hops" }, said.hops), hops), ...(desk.readOnly ? [] : [choice(victims, said.pageVictims)]), button(said.makePage, () => void make(), { id: "make-page", class: "primary" }), note);
}
