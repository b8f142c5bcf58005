/**
 * What the picture shows, as tables: the same things, each with what is known of it.
 *
 * A name is what the page shows: masked where it must be, unseen characters written out. A value is exactly that
 * of the evidence, and empty where the name is masked.
 */

import type { App } from "./app";
import { crossesBorder, nameOf, valueOf, type Case, type Rows } from "./data";
import type { Thing } from "./state";
import * as texts from "./texts";
import { timeText } from "./time";
import { visible } from "./unicode";

export type What = "entities" | "links" | "communities" | "lines";

/** A count is a number, a time seconds since 1970 UTC; null is nothing known. */
export interface Column {
  readonly head: string;
  readonly form: "text" | "count" | "time";
  /** Tells an id, which is long and says nothing to a reader. */
  readonly id?: true;
}

export type Cell = string | number | null;

export interface Row {
  /** What is selected by the row; a line between communities is nothing that can be. */
  readonly thing: Thing | null;
  readonly cells: readonly Cell[];
}

export interface Table {
  readonly what: What;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

type Shown = Pick<App, "model" | "picture" | "state">;

export function tables(shown: Shown): readonly Table[] {
  return [entities(shown), links(shown), communities(shown), lines(shown)];
}

const text = (head: string): Column => ({ head, form: "text" });
const count = (head: string): Column => ({ head, form: "count" });
const time = (head: string): Column => ({ head, form: "time" });
const id: Column = { head: texts.words.id, form: "text", id: true };

function entities({ model, picture, state }: Shown): Table {
  const { words, tables: t } = texts;
  const { entities: e } = model;
  const grouped = picture.groups.flatMap(({ index, members }) => members.map((member) => [member, state.edits.groups[index].name] as const));
  const alone = picture.entities.map((entity) => [entity, null] as const);
  const columns = [text(words.entityKind), text(t.name), text(words.value), text(words.country), text(words.role), text(words.community), count(words.linksTitle), time(words.firstSeen), time(words.lastSeen), id];
  // Columns of the investigator's own are there when there is something in them.
  const noted = state.edits.notes.size > 0;
  if (noted) columns.splice(2, 0, text(t.note));
  if (grouped.length) columns.splice(2, 0, text(t.group));
  const rows = [...alone, ...grouped].map(([entity, group]): Row => {
    const cells: Cell[] = [
      texts.kind(model.kinds[e.kind[entity]]),
      visible(nameOf(model, entity)),
      e.masked[entity] === null ? valueOf(model, entity) : null,
      model.country_words[e.country_words[entity]] ?? null,
      model.roles[e.role[entity]] ?? null,
      texts.community(model, e.community[entity]),
      e.degree[entity],
      e.first[entity],
      e.last[entity],
      e.id[entity],
    ];
    if (noted) cells.splice(2, 0, state.edits.notes.get(e.id[entity]) ?? null);
    if (grouped.length) cells.splice(2, 0, group);
    return { thing: { what: "entity", index: entity }, cells };
  });
  return { what: "entities", columns, rows };
}

function links({ model, picture }: Shown): Table {
  const { words, tables: t } = texts;
  const { links: l } = model;
  const columns = [text(words.entityKind), text(words.fromEntity), text(words.toEntity), count(words.countLabel), text(words.amounts), text(words.grade), time(words.firstSeen), time(words.lastSeen), text(t.border), text(words.sourcesTitle), id];
  const rows = picture.links.map((link): Row => {
    const [source, target] = [l.source[link], l.target[link]];
    return {
      thing: { what: "link", index: link },
      cells: [
        texts.linkKind(model.link_kinds[l.kind[link]]),
        visible(nameOf(model, source)),
        visible(nameOf(model, target)),
        l.count[link],
        Object.entries(l.amounts[link] ?? {}).map(([currency, sum]) => `${sum} ${currency || `(${words.noCurrency})`}`).join("; ") || null,
        l.grade[link],
        l.first[link],
        l.last[link],
        border(model, link),
        l.evidence[link].map((rows) => evidence(model, rows)).join("; ") || null,
        l.id[link],
      ],
    };
  });
  return { what: "links", columns, rows };
}

function border(model: Case, link: number): string | null {
  if (!crossesBorder(model, link)) return null;
  const { country } = model.entities;
  return `${model.countries[country[model.links.source[link]]]} – ${model.countries[country[model.links.target[link]]]}`;
}

function evidence(model: Case, [source, ranges, total, written]: Rows): string {
  const rows = texts.words.rows(ranges.replace(/-/g, "–").replace(/,/g, ", "));
  return `${visible(model.sources[source].name)} ${rows}${written < total ? ` (${texts.tables.rowsWritten(written, total)})` : ""}`;
}

function communities({ model, picture }: Shown): Table {
  const { words, tables: t } = texts;
  const columns = [text(words.community), text(t.state), count(t.members), count(t.passing), text(words.entityKinds), count(words.crossings), id];
  const row = (index: number, state: string, passing: number): Row => {
    const one = model.communities[index];
    const kinds = one.kinds.flatMap((size, kind) => (size ? [`${texts.n(size)} ${texts.kinds(model.kinds[kind])}`] : []));
    return { thing: { what: "community", index }, cells: [texts.community(model, index), state, one.size, passing, kinds.join(", "), one.crossings, one.id || null] };
  };
  const open = picture.open.map(({ index, drawn, passing }) => row(index, drawn < passing ? t.openInPart(drawn) : t.open, passing));
  return { what: "communities", columns, rows: [...open, ...picture.closed.map(([index, passing]) => row(index, t.closed, passing))] };
}

function lines({ model, picture, state }: Shown): Table {
  const { words, tables: t } = texts;
  const end = (key: string): string => {
    const index = Number(key.slice(1));
    if (key.startsWith("c")) return texts.community(model, index);
    return visible(key.startsWith("g") ? state.edits.groups[index].name : nameOf(model, index));
  };
  return {
    what: "lines",
    columns: [text(t.between), text(t.and), count(words.linksTitle), text(t.border)],
    rows: picture.bundles.map(({ a, b, links, crossing }) => ({ thing: null, cells: [end(a), end(b), links, crossing ? (links > 1 ? t.some : t.yes) : null] })),
  };
}

/** A cell as it is read; `iso` as other programs read times. */
export function cellText(cell: Cell, form: Column["form"], iso = false): string {
  if (cell === null) return "";
  if (form !== "time" || typeof cell !== "number") return typeof cell === "number" && !iso ? texts.n(cell) : String(cell);
  return iso ? new Date(cell * 1000).toISOString().replace(".000Z", "Z") : timeText(cell);
}

const words = new Intl.Collator("en", { numeric: true });

/** Rows by one column, what is not known last; rows that are equal there stay in their order. */
export function sorted(table: Table, column: number, descending: boolean): readonly Row[] {
  const sign = descending ? -1 : 1;
  return [...table.rows].sort((one, other) => {
    const [a, b] = [one.cells[column], other.cells[column]];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : words.compare(String(a), String(b)));
  });
}
