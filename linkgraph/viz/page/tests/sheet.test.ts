import assert from "node:assert/strict";
import { test } from "node:test";
import { strFromU8, unzipSync } from "fflate";
import type { Cell } from "../src/rows";
import { cellCharacters, csv, defused, xlsx } from "../src/sheet";

const columns = [
  { head: "Name", form: "text" },
  { head: "Links", form: "count" },
  { head: "First seen", form: "time" },
] as const;
const rows = (...all: Cell[][]): { thing: null; cells: Cell[] }[] => all.map((cells) => ({ thing: null, cells }));

test("what a spreadsheet would compute is defused, and nothing else is changed", () => {
  const computed = ["=1+1", "+447", "-5.00", "@SUM(A1)", "\t=1", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", " =1", "\u200b=1", "\u202e=1", "\u00a0=1", "|calc", "%x", "'=1", "''=1"];
  for (const text of computed) assert.equal(defused(text), `'${text}`, JSON.stringify(text));
  for (const text of ["user-1", "a=b", "'quoted'", "", "250.00 EUR", "chatter:x", "−", "#x"]) assert.equal(defused(text), text);
});

test("CSV has a mark, a comment, quotes where needed and typed plain cells", () => {
  const text = csv({ columns, rows: rows(['=HYPERLINK("x")', 12345, 1767225600], ["a,b", null, null], ["two\nlines", 0, null], ["half \ud800", 1, null]) }, 'op "x", two · TLP:AMBER');
  const lines = text.split("\r\n");
  assert.ok(lines[0].startsWith("\uFEFF# op 'x'; two · TLP:AMBER · A cell that a spreadsheet"));
  assert.ok(!/[",]/.test(lines[0]));
  assert.deepEqual(lines.slice(1), ["Name,Links,First seen", `"'=HYPERLINK(""x"")",12345,2026-01-01T00:00:00Z`, '"a,b",,', '"two\nlines",0,', "half ⟨U+D800⟩,1,", ""]);
});

test("a row is never taken for a comment", () => {
  assert.ok(csv({ columns, rows: rows(["# not one", 1, null]) }, "x").includes('\r\n"# not one",1,'));
});

test("a workbook has typed cells, and text that stays text", () => {
  const files = unzipSync(xlsx([{ name: "Entities", columns, rows: [["=1+1", 7, 1767225600], ["<&\"\u0007_x0041_", null, null]] }], [["Case", "=x"]]));
  const part = (name: string): string => strFromU8(files[name]);
  assert.match(part("xl/workbook.xml"), /name="About".*name="Entities"/);
  const sheet = part("xl/worksheets/sheet2.xml");
  assert.ok(!sheet.includes("<f>"));
  assert.match(sheet, /<c r="A2" s="2" t="inlineStr"><is><t xml:space="preserve">=1\+1<\/t>/);
  assert.match(sheet, /<c r="B2" s="1"><v>7<\/v>/);
  assert.match(sheet, /<c r="C2" s="2" t="inlineStr"><is><t xml:space="preserve">2026-01-01T00:00:00Z<\/t>/);
  assert.match(sheet, /&lt;&amp;&quot;_x0007__x005F_x0041_</);
  assert.ok(!sheet.includes('r="B3"'));
  assert.match(part("xl/styles.xml"), /numFmtId="49"[^>]*quotePrefix="1"/);
});

test("characters that XML cannot hold are written as a workbook writes them", () => {
  assert.equal(cellCharacters("a\u0000b\rc\td\ud800\uffff"), "a_x0000_b_x000D_c\td_xD800__xFFFF_");
  assert.equal(cellCharacters("😀_x0_"), "😀_x0_");
});

test("a text longer than a cell can hold is cut, and says so", () => {
  const files = unzipSync(xlsx([{ name: "x", columns: [columns[0]], rows: [["a".repeat(40_000)]] }], []));
  const [, text] = /<c r="A2".*?<t [^>]*>(.*?)<\/t>/.exec(strFromU8(files["xl/worksheets/sheet2.xml"])) ?? [];
  assert.ok(text.length <= 32_767);
  assert.ok(text.endsWith("… (cut: 40,000 characters)"));
});

test("the same tables give the same bytes", () => {
  const make = (): string => Buffer.from(xlsx([{ name: "x", columns, rows: [["a", 1, 2]] }], [["a", "b"]])).toString("hex");
  assert.equal(make(), make());
});
