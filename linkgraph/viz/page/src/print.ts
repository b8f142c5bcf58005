/**
 * A chart for paper: black and white on one page, then the table of what is shown.
 *
 * It is made when something is to be printed, by the button or by the browser's own menu, and thrown away
 * afterwards; the style sheet shows it instead of the page on paper only.
 */

import type cytoscape from "cytoscape";
import type { App } from "./app";
import { chart, legendOf, unitOf, boxOf } from "./chart";
import { nameOf } from "./data";
import { evidenceText, h, svg } from "./dom";
import { BLACK } from "./looks";
import { drawn } from "./mark";
import { cellText, tables, type Table } from "./rows";
import { sceneOf } from "./scene";
import { cuts, evidenceRange, filtersInWords, pageDigest, shownText } from "./shown";
import { drawnIn } from "./svg";
import { leaving, tables as words } from "./texts";
import { visible } from "./unicode";

const MOST_ROWS = 1000;
/** What a page of A4 has for the drawing, in CSS pixels. */
const [WIDTH, HEIGHT] = [1040, 460];
/** Letters of notes that fit below the drawing; more of them begin the next page. */
const SHORT_NOTES = 400;

export function printChart(app: App, cy: cytoscape.Core): void {
  // A notebook's frame may not open the dialog of printing, and does not say so.
  if (window.parent !== window) {
    app.say(leaving.noPrinting);
    return;
  }
  fill(app, cy);
  window.addEventListener("afterprint", clear, { once: true });
  window.print();
}

/** Have the chart ready when printing is begun by the browser's menu or keys. */
export function followPrint(app: App, cy: cytoscape.Core): void {
  window.addEventListener("beforeprint", () => fill(app, cy));
  window.addEventListener("afterprint", clear);
}

function fill(app: App, cy: cytoscape.Core): void {
  clear();
  document.body.append(h("div", { id: "print" }, ...pages(app, cy)));
  document.body.classList.add("printing");
}

function clear(): void {
  document.getElementById("print")?.remove();
  document.body.classList.remove("printing");
}

function pages(app: App, cy: cytoscape.Core): HTMLElement[] {
  const { model, state } = app;
  const scene = sceneOf(app, drawnIn(cy));
  const box = boxOf(scene);
  const { marks, unnamed } = chart(scene, BLACK, unitOf(box, WIDTH, HEIGHT));
  const drawing = svg("svg", { viewBox: [box.x, box.y, box.width, box.height].map(Math.round).join(" "), role: "img", "aria-label": shownText(app) }, ...marks.map(drawn));
  const legend = legendOf(scene, BLACK).map(({ sample, text }) => h("li", {}, svg("svg", { viewBox: "0 0 40 20", width: 40, height: 20 }, ...sample.map(drawn)), text));

  const others = [...state.edits.notes.keys()].filter((id) => !scene.noted.includes(id));
  const notes = [...scene.noted, ...others].map((id) => {
    const entity = model.byId.get(id);
    const name = entity === undefined ? h("code", {}, id) : evidenceText(nameOf(model, entity));
    return h("li", {}, name, others.includes(id) ? ` (${leaving.notDrawn}): ` : ": ", evidenceText(state.edits.notes.get(id) ?? ""));
  });
  const few = notes.reduce((sum, note) => sum + (note.textContent ?? "").length + 60, 0) <= SHORT_NOTES;
  const noteList = h("section", { class: "print-notes" }, h("h2", {}, leaving.notes), h("ol", {}, ...notes));

  const page = pageDigest();
  const made = leaving.byThisClock(cellText(Math.floor(Date.now() / 1000), "time"));
  const facts = [`${leaving.digest}: ${model.digest}`, ...(page ? [`${leaving.pageDigest}: ${page}`] : []), `${leaving.made}: ${made}`];
  const said = [shownText(app), `${leaving.evidenceRange}: ${evidenceRange(model)}`, ...filtersInWords(model, state), ...cuts(app), ...(unnamed ? [leaving.unnamed(unnamed)] : []), ...(notes.length && !few ? [leaving.notesFollow] : [])];
  const first = h(
    "section",
    { class: "print-chart" },
    h("header", {}, h("h1", {}, evidenceText(model.case)), h("strong", { class: "print-marking" }, model.marking)),
    h("p", {}, said.join(" · ")),
    drawing as unknown as HTMLElement,
    h("ul", { class: "print-legend", "aria-label": leaving.legend }, ...legend),
    ...(notes.length && few ? [noteList] : []),
    h("footer", {}, h("span", {}, facts.join(" · ")), h("strong", { class: "print-marking" }, model.marking)),
  );
  return [first, ...(notes.length && !few ? [noteList] : []), ...printedTables(app)];
}

function printedTables(app: App): HTMLElement[] {
  let room = MOST_ROWS;
  return tables(app).flatMap((table) => {
    if (!table.rows.length) return [];
    const rows = table.rows.slice(0, room);
    room -= rows.length;
    return [printed(app, table, rows)];
  });
}

/** Head and foot, with case and marking, are repeated on every page by the browser. */
function printed({ model }: App, table: Table, rows: Table["rows"]): HTMLElement {
  const columns = table.columns.flatMap((column, at) => (column.id ? [] : [{ ...column, at }]));
  const marked = (): HTMLElement => h("tr", {}, h("th", { colspan: columns.length, class: "print-marked" }, h("span", {}, visible(model.case), " · ", words[table.what]), h("strong", { class: "print-marking" }, model.marking)));
  const counted = rows.length < table.rows.length ? leaving.rowsCut(rows.length, table.rows.length) : words.counted(rows.length, rows.length);
  return h(
    "section",
    { class: "print-table" },
    h("h2", {}, words[table.what]),
    h("p", {}, counted),
    h(
      "table",
      {},
      h("thead", {}, marked(), h("tr", {}, ...columns.map(({ head, form }) => h("th", { class: form }, head)))),
      h("tfoot", {}, marked()),
      h("tbody", {}, ...rows.map(({ cells }) => h("tr", {}, ...columns.map(({ at, form }) => h("td", { class: form }, evidenceText(cellText(cells[at], form))))))),
    ),
  );
}
