/** The named queries that a team's Neo4j server answers. */

import { button, evidenceText, h } from "../dom";
import { exploring as said } from "../texts";
import { part, saying, type Desk } from "./desk";

interface Query {
  readonly name: string;
  readonly description: string;
  readonly parameters: readonly { readonly name: string; readonly default: string | number | boolean }[];
}

interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

const LISTED = 500;

export function queriesPart(desk: Desk): HTMLElement {
  const note = h("p", { class: "note", role: "status", id: "query-note" });
  const select = h("select", { id: "query" });
  const fields = h("div", { class: "stated" });
  const about = h("p", { class: "note" });
  const table = h("div", { class: "scroll", id: "query-rows", tabindex: 0, role: "region", "aria-label": said.queryRows });
  let all: readonly Query[] = [];
  const chosen = (): Query | undefined => all.find((one) => one.name === select.value);
  const show = (): void => {
    const query = chosen();
    about.textContent = query?.description ?? "";
    fields.replaceChildren(
      ...(query?.parameters ?? []).flatMap((one) => {
        const type = typeof one.default === "boolean" ? "checkbox" : typeof one.default === "number" ? "number" : "text";
        const input = h("input", { id: `parameter-${one.name}`, type, step: type === "number" ? "any" : undefined, "data-type": type });
        if (type === "checkbox") input.checked = one.default === true;
        else input.value = String(one.default);
        return [h("label", { for: input.id }, one.name), input];
      }),
    );
    table.replaceChildren();
  };
  const run = (): Promise<void> =>
    saying(note, async () => {
      const query = chosen();
      if (!query) return;
      const parameters = Object.fromEntries(query.parameters.map(({ name }) => [name, valueOf(fields.querySelector<HTMLInputElement>(`#parameter-${CSS.escape(name)}`))]));
      const found = await desk.api.post<Rows>(`/api/queries/${query.name}`, { parameters });
      note.textContent = said.queryFound(found.rows.length, Math.min(found.rows.length, LISTED));
      table.replaceChildren(rowsTable(desk, found));
    });
  select.addEventListener("change", show);
  void saying(note, async () => {
    all = await desk.api.get<Query[]>("/api/queries");
    select.replaceChildren(...all.map((one) => h("option", {}, one.name)));
    show();
  });
  return part("queries", said.queries, h("label", { for: "query" }, said.query), select, about, fields, button(said.runQuery, () => void run(), { id: "run-query", class: "primary" }), note, table);
}

/** A whole number stays text: beyond 2^53 it would lose digits here, and the server reads it by the type of the default. */
function valueOf(input: HTMLInputElement | null): string | boolean {
  return input?.type === "checkbox" ? input.checked : (input?.value ?? "");
}

/** The form of an entity's id, model.py `entity_id`. */
const ID = /^[0-9a-f]{32}$/;

function rowsTable(desk: Desk, found: Rows): HTMLElement {
  const select = async (id: string): Promise<void> => {
    const entity = await desk.entity(id);
    if (entity === null) desk.session.say(said.notInPicture);
    else desk.session.select({ what: "entity", index: entity });
  };
  const cell = (value: unknown): HTMLElement => {
    const text = value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
    if (!desk.session.model.byId.has(text) && !(typeof value === "string" && ID.test(text))) return h("td", {}, evidenceText(text));
    return h("td", {}, button(evidenceText(text), () => void select(text), { class: "link-like" }));
  };
  return h(
    "table",
    { class: "sample-rows" },
    h("thead", {}, h("tr", {}, ...found.columns.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, ...found.rows.slice(0, LISTED).map((row) => h("tr", {}, ...row.map(cell)))),
  );
}
