/** The page with a server behind it: how it begins, and its panel "Case". */

import { Api, Refused } from "../api";
import type { App } from "../app";
import type { Backend } from "../backend";
import { readCase, type Case, type Model } from "../data";
import { button, h } from "../dom";
import { remoteBackend } from "../remote";
import type { Session } from "../session";
import type { Tab } from "../tabs";
import { exploring as said } from "../texts";
import { candidatesPart } from "./candidates";
import { Desk, part, sentenceOf } from "./desk";
import { followDrops } from "./dropping";
import { evidencePart } from "./evidence";
import { pagePart } from "./pages";
import { queriesPart } from "./queries";
import { rolePart } from "./roles";

type Start = (root: HTMLElement, model: Case, backend: (app: () => App) => Backend, more: (session: Session) => Tab[]) => Session;

/** Ask the server that gave this shell for the case, and begin. */
export async function explore(root: HTMLElement, start: Start): Promise<void> {
  const token = window.location.hash.slice(1);
  const fault = (sentence: string): void =>
    root.replaceChildren(h("p", { class: "fault", role: "alert" }, sentence), button(said.again, () => window.location.reload(), { class: "primary" }));
  if (!token) {
    fault(said.noToken);
    return;
  }
  const api = new Api(token);
  root.replaceChildren(h("p", { class: "fault", role: "status" }, said.loading));
  try {
    const model = readCase(await api.get<Model>("/api/model"));
    const snapshot = model.explorer?.snapshot ?? 0;
    root.replaceChildren();
    let desk: Desk | null = null;
    const session = start(root, model, (app) => remoteBackend(model, snapshot, api, app), (made) => {
      desk = new Desk(api, made);
      followDrops(desk);
      return [casePanel(desk)];
    });
    banner(root, api, session);
    await (desk as Desk | null)?.restore(root);
  } catch (found) {
    const sentence = sentenceOf(found);
    if (sentence === null) throw found;
    fault(found instanceof Refused && found.status === 401 ? said.wrongToken : sentence);
  }
}

function casePanel(desk: Desk): Tab {
  const { queries = false } = desk.session.model.explorer ?? {};
  const make = (): HTMLElement => {
    void desk.takeUpJobs();
    return h(
      "div",
      {},
      ...(desk.readOnly ? [h("p", { class: "note", id: "read-only" }, said.readOnly)] : [evidencePart(desk), rolePart(desk)]),
      candidatesPart(desk),
      pagePart(desk),
      ...(queries ? [queriesPart(desk)] : []),
      part("work", said.jobs, desk.jobs),
    );
  };
  return { id: "case", name: said.case, make };
}

/** Says that the server does not answer, for as long as it does not. */
function banner(root: HTMLElement, api: Api, session: Session): void {
  const lost = h("div", { class: "banner", role: "alert", hidden: true }, said.unreachable, " ", button(said.again, () => void again()));
  // What failed may have been no drawing: the server is asked whether it is there, whatever the page knows already.
  const again = async (): Promise<void> => {
    await api.get("/api/status");
    await session.draw();
  };
  root.prepend(lost);
  api.reached = (answers) => (lost.hidden = answers);
}
