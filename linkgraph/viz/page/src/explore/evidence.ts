/** Adding evidence: a file is dropped, the server says what it is, the analyst says what it does not say, and it is imported. */

import type { Job } from "../api";
import { button, evidenceText, h } from "../dom";
import { exploring as said } from "../texts";
import { part, saying, type Desk } from "./desk";

interface Field {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly column: string | number | null;
  readonly why: string | null;
  readonly forms: readonly string[];
}

export interface Preview {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly verdict: "take" | "needs" | "undecided" | "unknown" | "left";
  readonly why: string;
  readonly kind: string | null;
  readonly reader: string | null;
  readonly mapping: string | null;
  readonly header: readonly string[];
  readonly has_header: boolean;
  readonly rows: readonly (readonly (string | null)[])[];
  readonly fields: readonly Field[];
  readonly typed: readonly Readonly<Record<string, string>>[];
  readonly missing: string | null;
  readonly needs: readonly string[];
  readonly could_be: readonly string[];
  readonly kinds: Readonly<Record<string, string>>;
  readonly members: readonly { readonly name: string; readonly verdict: string; readonly why: string; readonly kind: string | null }[];
}

const MARKINGS = ["TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR"];

export function evidencePart(desk: Desk): HTMLElement {
  const note = h("p", { class: "note", role: "status", id: "upload-note" });
  const looked = h("div", { id: "upload" });
  const input = h("input", { type: "file", id: "evidence-file" });
  const take = (file: File): Promise<void> =>
    saying(note, async () => {
      looked.replaceChildren(h("p", {}, said.looking, evidenceText(file.name)));
      try {
        const preview = await desk.api.send<Preview>(`/api/uploads?name=${encodeURIComponent(file.name)}`, file);
        show(desk, preview, looked, note);
      } catch (fault) {
        looked.replaceChildren();
        throw fault;
      }
    });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    input.value = "";
    if (file) void take(file);
  });
  const zone = h("div", { class: "drop-zone", id: "drop-zone" }, h("label", { for: "evidence-file" }, said.drop), input);
  // Anywhere on the page will do.
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  document.addEventListener("dragleave", () => zone.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const file = event.dataTransfer?.files[0];
    if (file) void take(file);
  });
  return part("evidence", said.evidence, zone, h("p", { class: "note" }, said.dropHelp), note, looked);
}

function show(desk: Desk, preview: Preview, place: HTMLElement, note: HTMLElement): void {
  const look = lookForm(desk, preview, place, note);
  const marking = h("select", { id: "upload-marking" }, h("option", { value: "" }, said.caseDefault), ...MARKINGS.map((one) => h("option", {}, one)));
  const ingest = (): Promise<void> =>
    saying(note, async () => {
      const { job } = await desk.api.post<{ job: string }>(`/api/uploads/${preview.id}/ingest`, { marking: marking.value || null });
      place.replaceChildren(h("p", {}, said.importing));
      const done = await desk.follow(job);
      place.replaceChildren(...outcome(done));
      const { jobs } = await desk.api.get<{ jobs: Job[] }>("/api/status");
      const picture = jobs.find((one) => one.what === "picture" && one.state === "running");
      place.append(button(said.showNew, () => void (picture ? desk.renew(picture.id) : desk.reload()), { class: "primary", id: "show-imported" }));
    });
  const drop = (): Promise<void> =>
    saying(note, async () => {
      await desk.api.remove(`/api/uploads/${preview.id}`);
      place.replaceChildren();
    });
  const can = preview.verdict === "take" || preview.members.some((one) => one.verdict === "take");
  place.replaceChildren(
    h("h4", {}, evidenceText(preview.name)),
    h("p", { id: "upload-verdict" }, said.verdicts[preview.verdict], ": ", evidenceText(preview.why), "."),
    ...(preview.kind ? [h("p", { class: "quiet" }, `${said.readAs} ${preview.kind}${preview.reader ? ` (${preview.reader})` : ""}`)] : []),
    ...(preview.members.length ? [h("ul", { class: "statements" }, ...preview.members.map((one) => h("li", {}, evidenceText(one.name), h("span", { class: "quiet" }, `${one.verdict}: `, evidenceText(one.why)))))] : []),
    ...(preview.header.length ? [sample(preview)] : []),
    ...(preview.verdict === "left" ? [] : [look]),
    h("label", { for: "upload-marking" }, said.marking),
    marking,
    h("div", { class: "acts" }, ...(can ? [button(said.import, () => void ingest(), { class: "primary", id: "ingest-upload" })] : []), button(said.letGo, () => void drop(), { id: "drop-upload" })),
  );
}

/** The first rows as the file has them: text, whatever it says. */
function sample(preview: Preview): HTMLElement {
  const cell = (value: string | null): HTMLElement => h("td", {}, evidenceText(value ?? ""));
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": said.firstRows },
    h(
      "table",
      { class: "sample-rows" },
      h("caption", {}, said.firstRows),
      h("thead", {}, h("tr", {}, ...preview.header.map((name) => h("th", { scope: "col" }, evidenceText(name))))),
      h("tbody", {}, ...preview.rows.map((row) => h("tr", {}, ...row.map(cell)))),
    ),
  );
}

/** What the file does not say itself: kind, columns, zone, service. */
function lookForm(desk: Desk, preview: Preview, place: HTMLElement, note: HTMLElement): HTMLElement {
  const kind = h("select", { id: "upload-kind" }, h("option", { value: "" }, said.asRecognised), ...Object.entries(preview.kinds).map(([name, about]) => h("option", { value: name }, `${name}: ${about}`)));
  if (preview.kind) kind.value = preview.kind;
  const text = (id: string, label: string, placeholder = ""): [HTMLElement, HTMLInputElement] => {
    const input = h("input", { id, type: "text", placeholder, autocomplete: "off" });
    return [h("label", { for: id }, preview.needs.includes(label.toLowerCase()) ? `${label} *` : label), input];
  };
  const [zoneLabel, zone] = text("upload-timezone", said.timezone, "Europe/London");
  const [serviceLabel, service] = text("upload-service", said.service);
  const mapped = preview.fields.map((field) => {
    const select = h("select", { id: `map-${field.name}` }, h("option", { value: "" }, said.noColumn), ...preview.header.map((column, index) => h("option", { value: preview.has_header ? column : String(index + 1) }, preview.has_header ? column : `${index + 1}`)));
    select.value = field.column === null ? "" : String(field.column);
    const form = field.forms.length ? h("select", { id: `form-${field.name}`, "aria-label": `${field.name}: ${said.order}` }, h("option", { value: "" }, said.order), ...field.forms.map((one) => h("option", {}, one))) : null;
    const row = h("div", { class: "mapped" }, h("label", { for: select.id }, field.required ? `${field.name} *` : field.name), select, ...(form ? [form] : []));
    return { field, select, form, row };
  });
  const again = (): Promise<void> =>
    saying(note, async () => {
      const chosen = mapped.filter(({ select }) => select.value !== "");
      const touched = chosen.some(({ field, select }) => select.value !== String(field.column ?? "")) || (chosen.length > 0 && preview.verdict !== "take");
      const columns = touched ? Object.fromEntries(chosen.map(({ field, select }) => [field.name, preview.has_header ? select.value : Number(select.value)])) : {};
      const formats = Object.fromEntries(mapped.flatMap(({ field, form }) => (form?.value ? [[field.name, form.value] as const] : [])));
      const body = { kind: kind.value || null, columns, formats, timezone: zone.value.trim() || null, service: service.value.trim() || null };
      show(desk, await desk.api.post<Preview>(`/api/uploads/${preview.id}/look`, body), place, note);
    });
  return h(
    "details",
    { class: "about", id: "upload-state", open: preview.verdict !== "take" },
    h("summary", {}, said.state),
    h("div", { class: "stated" }, h("label", { for: "upload-kind" }, said.kind), kind, zoneLabel, zone, serviceLabel, service, ...mapped.map(({ row }) => row)),
    ...(preview.missing ? [h("p", { class: "error" }, said.missing(preview.missing))] : []),
    ...(preview.needs.length ? [h("p", { class: "error" }, said.needs(preview.needs))] : []),
    ...(preview.typed.length ? [h("p", { class: "note" }, said.asRead), h("ul", { class: "statements" }, ...preview.typed.map((row) => h("li", {}, evidenceText(Object.entries(row).map(([name, value]) => `${name}: ${value}`).join(" · ")))))] : []),
    button(said.look, () => void again(), { id: "look-again" }),
  );
}

interface Tally {
  readonly read: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly quarantined: number;
}

function outcome(job: Job): HTMLElement[] {
  const files = (job.result?.files ?? []) as { name: string; imported: Tally | null; notices: string[]; fault: string | null }[];
  return [
    h("p", { id: "ingest-outcome" }, job.sentence),
    ...files.map((one) => {
      const rows = one.imported ? said.tally(one.imported.read, one.imported.stored, one.imported.duplicates, one.imported.quarantined) : (one.fault ?? "");
      return h("div", {}, evidenceText(one.name), h("div", { class: "quiet" }, rows), ...one.notices.map((notice) => h("div", { class: "quiet" }, evidenceText(notice))));
    }),
  ];
}
