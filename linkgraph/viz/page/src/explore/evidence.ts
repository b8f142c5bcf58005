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
  const queue = h("p", { class: "note", role: "status", id: "upload-queue" });
  const looked = h("div", { id: "upload" });
  const input = h("input", { type: "file", id: "evidence-file", multiple: true });
  const waiting: File[] = [];
  let busy = false;
  // One file is looked at after the other; those behind it are named, so that none is forgotten.
  const next = async (): Promise<void> => {
    const file = waiting.shift();
    busy = file !== undefined;
    tell();
    if (!file) return;
    await saying(note, async () => {
      looked.replaceChildren(h("p", {}, said.looking, evidenceText(file.name)));
      try {
        show(desk, await desk.api.send<Preview>(`/api/uploads?name=${encodeURIComponent(file.name)}`, file), looked, note, next);
      } catch (fault) {
        looked.replaceChildren(h("p", {}, evidenceText(file.name), " "), button(said.letGo, () => void letGo(), { id: "drop-upload" }));
        throw fault;
      }
    });
  };
  const letGo = (): Promise<void> => {
    looked.replaceChildren();
    return next();
  };
  const tell = (): void => queue.replaceChildren(...(waiting.length ? [said.waiting(waiting.length), ...waiting.flatMap((file, index) => [index ? ", " : " ", evidenceText(file.name)])] : []));
  desk.offer = (files) => {
    waiting.push(...files);
    if (busy) tell();
    else void next();
  };
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = "";
    desk.offer(files);
  });
  const zone = h("div", { class: "drop-zone", id: "drop-zone" }, h("label", { for: "evidence-file" }, said.drop), input);
  return part("evidence", said.evidence, zone, h("p", { class: "note" }, said.dropHelp), queue, note, looked);
}

/** Show a file; `next` goes on to the one that waits behind it. */
function show(desk: Desk, preview: Preview, place: HTMLElement, note: HTMLElement, next: () => Promise<void>): void {
  const look = lookForm(desk, preview, place, note, next);
  const marking = h("select", { id: "upload-marking" }, h("option", { value: "" }, said.caseDefault), ...MARKINGS.map((one) => h("option", {}, one)));
  const ingest = (): Promise<void> =>
    saying(note, async () => {
      const { job } = await desk.api.post<{ job: string }>(`/api/uploads/${preview.id}/ingest`, { marking: marking.value || null });
      const before = [...place.childNodes];
      place.replaceChildren(h("p", {}, said.importing));
      let done: Job;
      try {
        done = await desk.follow(job);
      } catch (fault) {
        // The server still has the file: what was said of it stays.
        place.replaceChildren(...before);
        throw fault;
      }
      place.replaceChildren(...outcome(done));
      const { jobs } = await desk.api.get<{ jobs: Job[] }>("/api/status");
      const picture = jobs.find((one) => one.what === "picture" && one.state === "running");
      const renew = (): Promise<void> => saying(note, async () => (picture ? desk.renew(picture.id) : desk.reload()));
      place.append(h("div", { class: "acts" }, button(said.showNew, () => void renew(), { class: "primary", id: "show-imported" }), button(said.nextFile, () => void letGo(), { id: "next-file" })));
    });
  const letGo = (): Promise<void> => {
    place.replaceChildren();
    return next();
  };
  const drop = (): Promise<void> =>
    saying(note, async () => {
      await desk.api.remove(`/api/uploads/${preview.id}`);
      await letGo();
    });
  const can = preview.verdict === "take" || preview.members.some((one) => one.verdict === "take");
  place.replaceChildren(
    h("h4", {}, evidenceText(preview.name)),
    h("p", { id: "upload-verdict" }, said.verdicts[preview.verdict], ": ", evidenceText(preview.why), "."),
    ...(preview.kind ? [h("p", { class: "quiet" }, `${said.readAs} ${preview.kind}${preview.reader ? ` (${preview.reader})` : ""}`)] : []),
    ...(preview.members.length ? [h("ul", { class: "statements" }, ...preview.members.map((one) => h("li", {}, evidenceText(one.name), h("span", { class: "quiet" }, `${one.verdict}: `, evidenceText(one.why)))))] : []),
    ...(preview.header.length ? [sample(preview)] : []),
    ...(preview.verdict === "left" ? [] : [look]),
    ...(preview.verdict === "left" ? [] : [h("label", { for: "upload-marking" }, said.marking), marking]),
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
function lookForm(desk: Desk, preview: Preview, place: HTMLElement, note: HTMLElement, next: () => Promise<void>): HTMLElement {
  const kind = h("select", { id: "upload-kind" }, h("option", { value: "" }, said.asRecognised), ...Object.entries(preview.kinds).map(([name, about]) => h("option", { value: name }, `${name}: ${about}`)));
  if (preview.kind) kind.value = preview.kind;
  // Zone and service are always offered, the others where the file needs them.
  const stated = Object.entries(said.options)
    .filter(([name]) => name === "timezone" || name === "service" || preview.needs.includes(name))
    .map(([name, [label, placeholder]]) => {
      const input = h("input", { id: `upload-${name}`, type: "text", placeholder, autocomplete: "off" });
      return { name, input, label: h("label", { for: input.id }, preview.needs.includes(name) ? `${label} *` : label) };
    });
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
      const body = { kind: kind.value || null, columns, formats, ...optionsOf(stated.map(({ name, input }) => [name, input.value.trim()])) };
      show(desk, await desk.api.post<Preview>(`/api/uploads/${preview.id}/look`, body), place, note, next);
    });
  return h(
    "details",
    { class: "about", id: "upload-state", open: preview.verdict !== "take" },
    h("summary", {}, said.state),
    h("div", { class: "stated" }, h("label", { for: "upload-kind" }, said.kind), kind, ...stated.flatMap(({ label, input }) => [label, input]), ...mapped.map(({ row }) => row)),
    ...(preview.missing ? [h("p", { class: "error" }, said.missing(preview.missing))] : []),
    ...(preview.needs.length ? [h("p", { class: "error" }, said.needs(preview.needs))] : []),
    ...(preview.typed.length ? [h("p", { class: "note" }, said.asRead), h("ul", { class: "statements" }, ...preview.typed.map((row) => h("li", {}, evidenceText(Object.entries(row).map(([name, value]) => `${name}: ${value}`).join(" · ")))))] : []),
    button(said.look, () => void again(), { id: "look-again" }),
  );
}

/** Options as the server reads them: what is not said is null, a year is a number. */
export function optionsOf(said: readonly (readonly [name: string, value: string])[]): Readonly<Record<string, string | number | null>> {
  return Object.fromEntries(said.map(([name, value]) => [name, value === "" ? null : name === "year" && /^\d{4}$/.test(value) ? Number(value) : value]));
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
