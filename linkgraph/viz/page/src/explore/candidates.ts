/** Pairs that may be one person's: reviewed one by one, each decision with a reason, none merges anything. */

import { nameOf } from "../data";
import { button, evidenceText, h } from "../dom";
import { exploring as said } from "../texts";
import { part, saying, type Desk } from "./desk";

interface Node {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
}

interface Candidate {
  readonly a: Node;
  readonly b: Node;
  /** Null for a pair that was decided and is listed no longer. */
  readonly probability: number | null;
  readonly fields: readonly { readonly field: string; readonly outcome: string; readonly bits: number; readonly value: Node | null }[];
  readonly decision: { readonly decision: string; readonly why: string } | null;
}

interface Decided {
  readonly a: string;
  readonly b: string;
  readonly decision: string;
  readonly why: string;
}

interface Answer {
  readonly candidates: readonly Candidate[] | null;
  readonly decided: readonly Decided[];
  readonly job: string | null;
}

export function candidatesPart(desk: Desk): HTMLElement {
  const note = h("p", { class: "note", role: "status", id: "candidates-note" });
  const list = h("ol", { class: "candidates" });
  const load = (): Promise<void> =>
    saying(note, async () => {
      let answer = await desk.api.get<Answer>("/api/identities");
      while (answer.job !== null) {
        note.textContent = said.candidatesComing;
        await desk.follow(answer.job);
        answer = await desk.api.get<Answer>("/api/identities");
      }
      const listed = answer.candidates ?? [];
      const found = [...listed, ...unlisted(desk, listed, answer.decided)];
      note.textContent = found.length ? "" : said.noCandidates;
      list.replaceChildren(...found.map((one, index) => candidate(desk, one, index, note, load)));
    });
  return part("candidates", said.candidates, h("p", { class: "note" }, said.candidatesHelp), button(said.candidatesLoad, () => void load(), { id: "load-candidates" }), note, list);
}

/** Decisions about pairs that are listed no longer: they stand, and can be taken back. */
function unlisted(desk: Desk, listed: readonly Candidate[], decided: readonly Decided[]): Candidate[] {
  const { model } = desk.session;
  const pair = (a: string, b: string): string => [a, b].sort().join(" ");
  const there = new Set(listed.map(({ a, b }) => pair(a.id, b.id)));
  const node = (id: string): Node => {
    const entity = model.byId.get(id);
    return { id, kind: "", label: entity === undefined ? id : nameOf(model, entity) };
  };
  return decided.filter(({ a, b }) => !there.has(pair(a, b))).map((one) => ({ a: node(one.a), b: node(one.b), probability: null, fields: [], decision: one }));
}

function candidate(desk: Desk, one: Candidate, index: number, note: HTMLElement, load: () => Promise<void>): HTMLElement {
  const why = h("input", { type: "text", id: `why-${index}`, placeholder: said.why, "aria-label": said.whyOf(index + 1) });
  const decide = (decision: "accepted" | "rejected" | null): Promise<void> =>
    saying(note, async () => {
      if (!why.value.trim()) {
        note.textContent = said.whyNeeded;
        why.focus();
        return;
      }
      await desk.api.post("/api/same-as", { a: one.a.id, b: one.b.id, decision, why: why.value.trim() });
      await load();
    });
  const show = async (): Promise<void> => {
    const { model } = desk.session;
    await Promise.all([desk.entity(one.a.id), desk.entity(one.b.id)]);
    const entities = [one.a, one.b].flatMap((node) => model.byId.get(node.id) ?? []);
    if (entities.length < 2) desk.session.say(said.notInPicture);
    await desk.session.drawWith((state) => entities.forEach((entity) => state.wanted.add(entity)));
    desk.session.state.chosen.clear();
    desk.session.toggleChosen(entities);
    desk.session.view.fit(entities.map((entity) => ({ what: "entity", index: entity }) as const));
  };
  const reasons = one.fields.map(({ field, outcome, bits, value }) => `${field}, ${outcome}: ${said.bits(bits)}${value ? ` (${value.label})` : ""}`);
  const buttons = one.decision
    ? [button(said.undo, () => void decide(null), { class: "undo-decision" })]
    : [button(said.accept, () => void decide("accepted"), { class: "primary accept" }), button(said.reject, () => void decide("rejected"), { class: "reject" })];
  return h(
    "li",
    { class: "candidate" },
    h("div", {}, evidenceText(one.a.label), " · ", evidenceText(one.b.label)),
    h("div", { class: "quiet" }, one.probability === null ? said.listedNoLonger : said.probability(one.probability)),
    ...(reasons.length ? [h("details", {}, h("summary", {}, said.reasons), h("ul", { class: "reasons" }, ...reasons.map((reason) => h("li", {}, evidenceText(reason)))))] : []),
    ...(one.decision ? [h("div", { class: "decided" }, `${said.decided[one.decision.decision] ?? one.decision.decision}: `, evidenceText(one.decision.why))] : []),
    button(said.showBoth, () => void show(), { class: "text show-both" }),
    ...(desk.readOnly ? [] : [why, h("div", { class: "acts" }, ...buttons)]),
  );
}
