/** The part somebody plays in the case: set with a reason; a victim is out of the picture from then on. */

import { nameOf } from "../data";
import { button, evidenceText, h } from "../dom";
import { exploring as said } from "../texts";
import { part, saying, type Desk } from "./desk";

export function rolePart(desk: Desk): HTMLElement {
  const { session } = desk;
  const { model } = session;
  const whom = h("p", { id: "role-whom" });
  const role = h("select", { id: "role" }, ...model.roles.map((one) => h("option", {}, one)), h("option", { value: "" }, said.noRole));
  const why = h("input", { id: "role-why", type: "text" });
  const second = h("input", { id: "role-second", type: "text" });
  const id = h("input", { id: "role-id", type: "text", autocomplete: "off", spellcheck: "false" });
  const note = h("p", { class: "note", role: "status", id: "role-note" });
  const selected = (): number | null => (session.state.selected?.what === "entity" ? session.state.selected.index : null);
  const set = (): Promise<void> =>
    saying(note, async () => {
      const entity = selected();
      const whose = id.value.trim() || (entity === null ? "" : model.entities.id[entity]);
      if (!whose || !why.value.trim()) {
        note.textContent = whose ? said.whyNeeded : said.selectFirst;
        return;
      }
      const body = { id: whose, role: role.value || null, why: why.value.trim(), second: second.value.trim() || null };
      const { job } = await desk.api.post<{ job: string | null }>("/api/role", body);
      await desk.renew(job);
    });
  session.onSelect(() => {
    const entity = selected();
    whom.replaceChildren(entity === null ? said.selectFirst : evidenceText(nameOf(model, entity)));
    if (entity !== null) role.value = model.roles[model.entities.role[entity]] ?? model.roles[0];
  });
  whom.append(said.selectFirst);
  return part(
    "roles",
    said.role,
    whom,
    h("div", { class: "stated" }, h("label", { for: "role" }, said.part), role, h("label", { for: "role-why" }, said.why), why, h("label", { for: "role-second" }, said.second), second, h("label", { for: "role-id" }, said.roleId), id),
    h("p", { class: "note" }, said.roleHelp),
    button(said.setRole, () => void set(), { id: "set-role", class: "primary" }),
    note,
  );
}
