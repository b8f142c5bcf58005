/**
 * Tables as files that spreadsheets open, in which text of the evidence stays text.
 *
 * CSV (RFC 4180, UTF-8 with a byte order mark, for which Excel looks) knows no types: a cell that a spreadsheet
 * would compute gets an apostrophe before it (OWASP ASVS 1.2.10), and the first line says so. A workbook
 * (ECMA-376-1, SpreadsheetML) has typed cells, so nothing in it is changed: text is inline text in cells formatted as text, which
 * does not become a formula when it is edited either; only counts are numbers.
 */

import { strToU8, zipSync, type Zippable } from "fflate";
import { cellText, type Cell, type Column, type Row, type Table } from "./rows";
import { tables as words } from "./texts";

/** Excel takes no longer texts. */
const LONGEST = 32_767;

type Part = Pick<Table, "columns"> & { readonly rows: readonly Row[] };

// -- CSV

/** Apostrophes count too, so that taking one off again gives what was there. */
const FORMULA = /^'*[\s\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]*[=+\-@|%\uFF1D\uFF0B\uFF0D\uFF20]|^'*[\t\r\n]/u;

/** A text that no spreadsheet computes. */
export function defused(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

export function csv({ columns, rows }: Part, about: string): string {
  // The first line is read as a comment by programs that know of them: it needs no quotes and has no separator.
  const comment = `# ${[about, words.csvNote].join(" · ").replace(/"/g, "'").replace(/,/g, ";")}`;
  const field = (cell: Cell, form: Column["form"]): string => {
    const text = wellFormed(cellText(cell, form, true));
    const harmless = form === "text" ? defused(text) : text;
    return /[",\r\n]|^#|^\s|\s$/.test(harmless) ? `"${harmless.replace(/"/g, '""')}"` : harmless;
  };
  const lines = [columns.map(({ head }) => field(head, "text")), ...rows.map(({ cells }) => cells.map((cell, at) => field(cell, columns[at].form)))];
  return `\uFEFF${[comment, ...lines.map((line) => line.join(","))].join("\r\n")}\r\n`;
}

/** Half a surrogate pair, which UTF-8 cannot hold, is written as its number. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, (half) => `⟨U+${half.charCodeAt(0).toString(16).toUpperCase()}⟩`);
}

// -- XLSX

export interface Sheet {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A workbook: its sheets, and first one of names and values that says what they are. */
export function xlsx(sheets: readonly Sheet[], about: readonly (readonly [name: string, value: string])[]): Uint8Array {
  const first: Sheet = {
    name: words.about,
    columns: [{ head: words.about, form: "text" }, { head: "", form: "text" }],
    rows: about,
  };
  const all = [first, ...sheets];
  const files: Zippable = {
    "[Content_Types].xml": part("Types", PACKAGE("content-types"), [
      ...[["rels", "application/vnd.openxmlformats-package.relationships+xml"], ["xml", "application/xml"]].map(([end, type]) => xml("Default", { Extension: end, ContentType: type })),
      override("/xl/workbook.xml", "sheet.main"),
      override("/xl/styles.xml", "styles"),
      ...all.map((_, at) => override(`/xl/worksheets/sheet${at + 1}.xml`, "worksheet")),
    ]),
    "_rels/.rels": part("Relationships", PACKAGE("relationships"), [relationship(1, "officeDocument", "xl/workbook.xml")]),
    "xl/workbook.xml": part("workbook", MAIN, [
      xml("sheets", {}, all.map(({ name }, at) => xml("sheet", { name, sheetId: at + 1, "r:id": `rId${at + 1}` }))),
    ]),
    "xl/_rels/workbook.xml.rels": part("Relationships", PACKAGE("relationships"), [
      ...all.map((_, at) => relationship(at + 1, "worksheet", `worksheets/sheet${at + 1}.xml`)),
      relationship(all.length + 1, "styles", "styles.xml"),
    ]),
    "xl/styles.xml": part("styleSheet", MAIN, styles()),
  };
  all.forEach((sheet, at) => (files[`xl/worksheets/sheet${at + 1}.xml`] = worksheet(sheet)));
  // A zip must have times; the one of a file in it means nothing here.
  return zipSync(files, { level: 6, mtime: new Date(1980, 0, 1) });
}

/** Styles of cells: a count, a text, a heading. */
const [COUNT, TEXT, HEADING] = [1, 2, 3];

function styles(): string[] {
  const list = (name: string, ...items: string[]): string => xml(name, { count: items.length }, items);
  const cell = (format: number, font: number, more: Attributes = {}): string => xml("xf", { numFmtId: format, fontId: font, fillId: 0, borderId: 0, xfId: 0, applyNumberFormat: 1, ...more });
  const font = (...marks: string[]): string => xml("font", {}, [...marks, xml("sz", { val: 10 }), xml("name", { val: "Calibri" })]);
  // 3 is "#,##0" and 49 "@", text (ECMA-376-1 §18.8.30); quotePrefix keeps a text a text that begins like a formula.
  return [
    list("fonts", font(), font(xml("b"))),
    list("fills", xml("fill", {}, [xml("patternFill", { patternType: "none" })]), xml("fill", {}, [xml("patternFill", { patternType: "gray125" })])),
    list("borders", xml("border", {}, ["left", "right", "top", "bottom", "diagonal"].map((side) => xml(side)))),
    list("cellStyleXfs", xml("xf", { numFmtId: 0, fontId: 0, fillId: 0, borderId: 0 })),
    list("cellXfs", cell(0, 0), cell(3, 0), cell(49, 0, { quotePrefix: 1 }), cell(49, 1, { applyFont: 1 })),
  ];
}

function worksheet({ columns, rows }: Sheet): Uint8Array {
  const width = ({ form, id }: Column): number => (form === "count" ? 12 : form === "time" ? 22 : id ? 34 : 30);
  const head = xml("row", { r: 1 }, columns.map(({ head }, at) => textCell(`${letters(at)}1`, head, HEADING)));
  const body = rows.map((cells, row) => xml("row", { r: row + 2 }, cells.map((cell, at) => one(cell, columns[at], `${letters(at)}${row + 2}`))));
  const pane = xml("pane", { ySplit: 1, topLeftCell: "A2", activePane: "bottomLeft", state: "frozen" });
  return part("worksheet", MAIN, [
    xml("sheetViews", {}, [xml("sheetView", { workbookViewId: 0 }, [pane])]),
    xml("cols", {}, columns.map((column, at) => xml("col", { min: at + 1, max: at + 1, width: width(column), customWidth: 1 }))),
    xml("sheetData", {}, [head, ...body]),
  ]);
}

function one(cell: Cell, { form }: Column, place: string): string {
  if (cell === null) return "";
  if (form === "count" && typeof cell === "number") return xml("c", { r: place, s: COUNT }, [xml("v", {}, [String(cell)])]);
  return textCell(place, cellText(cell, form, true), TEXT);
}

function textCell(place: string, text: string, style: number): string {
  const whole = text.length <= LONGEST ? text : text.slice(0, LONGEST - 60) + words.cutCell(text.length);
  return xml("c", { r: place, s: style, t: "inlineStr" }, [xml("is", {}, [xml("t", { "xml:space": "preserve" }, [escaped(cellCharacters(whole))])])]);
}

/** What XML cannot hold, and what already looks so written, as `_xHHHH_` (ECMA-376-1 §22.9.2.19). */
export function cellCharacters(text: string): string {
  return text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_")
    // A carriage return would be read back as a line feed.
    .replace(/[\0-\x08\x0B-\x1F\uFFFE\uFFFF]|\p{Cs}/gu, (one) => `_x${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`);
}

/** Letters of a column: A, B, … Z, AA. */
function letters(column: number): string {
  return (column >= 26 ? letters(Math.floor(column / 26) - 1) : "") + String.fromCharCode(65 + (column % 26));
}

// -- XML, and the names its parts go by. They have the form of addresses, but nobody is asked there.

type Attributes = Readonly<Record<string, string | number>>;

const SCHEMAS = ["http:", "", "schemas.openxmlformats.org"].join("/");
const MAIN = `${SCHEMAS}/spreadsheetml/2006/main`;
const OFFICE = `${SCHEMAS}/officeDocument/2006/relationships`;
const PACKAGE = (what: string): string => `${SCHEMAS}/package/2006/${what}`;

function part(name: string, namespace: string, children: readonly string[]): Uint8Array {
  const names: Attributes = namespace === MAIN ? { xmlns: namespace, "xmlns:r": OFFICE } : { xmlns: namespace };
  return strToU8(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${xml(name, names, children)}`);
}

function override(name: string, what: string): string {
  return xml("Override", { PartName: name, ContentType: `application/vnd.openxmlformats-officedocument.spreadsheetml.${what}+xml` });
}

function relationship(number: number, what: string, target: string): string {
  return xml("Relationship", { Id: `rId${number}`, Type: `${OFFICE}/${what}`, Target: target });
}

function xml(name: string, attributes: Attributes = {}, children: readonly string[] = []): string {
  const said = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`).join("");
  return `<${name}${said}>${children.join("")}</${name}>`;
}

function escaped(text: string): string {
  return text.replace(/[<>&"]/g, (one) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" })[one] ?? one);
}
