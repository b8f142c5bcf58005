/** The table view: what the picture shows, row by row, to sort, to select from, and to save. */

import type { App } from "./app";
import { button, evidenceText, h } from "./dom";
import { download, type FileName } from "./download";
import { cellText, sorted, tables, type Column, type Row, type Table, type What } from "./rows";
import { csv, xlsx, type Sheet } from "./sheet";
import { aboutShown, cuts, filtersInWords, pageDigest } from "./shown";
import type { Thing } from "./state";
import { leaving, tables as words } from "./texts";
import { visible } from "./unicode";

/** Rows that are put on the page at a time: a thousand of them make a browser slow. */
const AT_A_TIME = 200;
const WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const ALL: readonly What[] = ["entities", "links", "communities", "lines"];

export function tablePanel(app: App): HTMLElement {
  let what: What | null = null;
  let chosen = false;
  let shown = AT_A_TIME;
  /** By the head of a column: columns come and go with notes and groups. */
  const order = new Map<What, { readonly head: string; readonly descending: boolean }>();
  let all = tables(app);

  const tabs = new Map(
    ALL.map((one) => [one, button("", () => open(one), { role: "tab", id: `table-${one}`, "aria-controls": "table-of-shown" })]),
  );
  const list = h("div", { role: "tablist", class: "tablist", "aria-label": words.title }, ...tabs.values());
  const counted = h("span", { class: "quiet", id: "table-counted" });
  const scroller = h("div", { class: "table-scroller", role: "tabpanel", id: "table-of-shown", tabindex: 0 });
  const more = button("", () => {
    const next = shown;
    shown += AT_A_TIME;
    draw();
    rowButtons()[next]?.focus();
  }, { id: "table-more" });

  const current = (): Table => all.find((one) => one.what === what) ?? all[0];
  const ordered = (table: Table): readonly Row[] => {
    const by = order.get(table.what);
    const column = table.columns.findIndex(({ head }) => head === by?.head);
    return by && column >= 0 ? sorted(table, column, by.descending) : table.rows;
  };
  const rowButtons = (): HTMLButtonElement[] => Array.from(scroller.querySelectorAll("tbody button"));

  const open = (one: What): void => {
    if (what !== one) shown = AT_A_TIME;
    [what, chosen] = [one, true];
    draw();
  };

  const draw = (): void => {
    const table = current();
    const rows = ordered(table);
    for (const one of all) {
      const tab = tabs.get(one.what);
      tab?.replaceChildren(`${words[one.what]} `, h("span", { class: "count" }, cellText(one.rows.length, "count")));
      tab?.setAttribute("aria-selected", String(one === table));
      tab?.setAttribute("tabindex", one === table ? "0" : "-1");
    }
    const inView = rows.slice(0, shown);
    counted.textContent = words.counted(inView.length, rows.length);
    scroller.setAttribute("aria-labelledby", `table-${table.what}`);
    const at = scroller.scrollTop;
    scroller.replaceChildren(...(rows.length ? [h("table", {}, h("caption", { class: "visually-hidden" }, words[table.what]), head(table), h("tbody", {}, ...inView.map((row) => line(table.columns, row))))] : []));
    scroller.scrollTop = at;
    more.hidden = inView.length >= rows.length;
    more.textContent = words.more(Math.min(AT_A_TIME, rows.length - inView.length));
    mark(app.state.selected);
  };

  const head = (table: Table): HTMLElement => {
    const by = order.get(table.what);
    const cells = table.columns.map((column, at) => {
      const direction = by?.head === column.head ? (by.descending ? "descending" : "ascending") : undefined;
      const sort = button(column.head, () => {
        order.set(table.what, { head: column.head, descending: direction === "ascending" });
        draw();
        scroller.querySelectorAll<HTMLElement>("thead button")[at]?.focus();
      });
      return h("th", { scope: "col", class: column.form, "aria-sort": direction }, sort);
    });
    return h("thead", {}, h("tr", {}, ...cells));
  };

  /** One row; its first cell is a button where the row is a thing that can be selected. */
  const line = (columns: readonly Column[], row: Row): HTMLElement => {
    const { thing } = row;
    const said = row.cells.slice(0, 3).map((cell, at) => visible(cellText(cell, columns[at].form)));
    const cells = row.cells.map((cell, at) => {
      const { form, id } = columns[at];
      const text = cellText(cell, form);
      const content = id ? h("code", {}, text) : form === "text" ? evidenceText(text) : text;
      if (at || !thing) return h("td", { class: id ? "id" : form }, content);
      return h("th", { scope: "row" }, button(content, () => app.select(thing), { class: "link-like", tabindex: -1, "aria-label": said.filter(Boolean).join(", ") }));
    });
    const element = h("tr", { "data-key": thing ? keyOf(thing) : undefined }, ...cells);
    if (thing) {
      element.addEventListener("click", (event) => {
        // A click that ends a selection of text is none; the button tells by itself.
        if (!(event.target as Element).closest("button") && window.getSelection()?.isCollapsed !== false) app.select(thing);
      });
    }
    return element;
  };

  /** Mark the row of what is selected; with Tab one comes to it, or to the first row. */
  const mark = (thing: Thing | null): void => {
    for (const row of scroller.querySelectorAll("tr[aria-current]")) row.removeAttribute("aria-current");
    const row = thing && scroller.querySelector(`tr[data-key="${keyOf(thing)}"]`);
    row?.setAttribute("aria-current", "true");
    for (const one of rowButtons()) one.tabIndex = -1;
    const first = row?.querySelector("button") ?? rowButtons()[0];
    if (first) first.tabIndex = 0;
  };

  list.addEventListener("keydown", (event) => {
    const step = ({ ArrowRight: 1, ArrowLeft: -1 } as Record<string, number>)[event.key];
    if (!step) return;
    event.preventDefault();
    const next = ALL[(ALL.indexOf(current().what) + step + ALL.length) % ALL.length];
    open(next);
    tabs.get(next)?.focus();
  });
  scroller.addEventListener("keydown", (event) => {
    const buttons = rowButtons();
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 };
    const next = at < 0 ? undefined : buttons[to[event.key]];
    if (!next) return;
    event.preventDefault();
    buttons[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });

  const save = (name: FileName, saving: readonly Table[]): void => {
    const sheets = saving.map((table): Sheet => ({ name: words[table.what], columns: table.columns, rows: ordered(table).map((row) => row.cells) }));
    const book = xlsx(sheets, [...aboutShown(app, pageDigest(), new Date()), [words.name, words.nameNote]]);
    download(new Blob([book as Uint8Array<ArrayBuffer>], { type: WORKBOOK }), name);
    app.say(words.saved(saving.reduce((sum, { rows }) => sum + rows.length, 0)));
  };
  const saveCsv = (): void => {
    const table = current();
    const { model, state } = app;
    const about = [visible(model.case), model.marking, leaving.digests(model.digest.slice(0, 16), pageDigest()?.slice(0, 16) ?? null), words[table.what], ...filtersInWords(model, state), ...cuts(app)].join(" · ");
    download(new Blob([csv({ columns: table.columns, rows: ordered(table) }, about)], { type: "text/csv;charset=utf-8" }), `linkgraph-${table.what}.csv`);
    app.say(words.saved(table.rows.length));
  };

  const panel = h(
    "section",
    { class: "table-panel", "aria-label": words.title },
    h(
      "div",
      { class: "table-tools" },
      list,
      counted,
      button(words.csv, saveCsv, { id: "table-csv", title: words.csvHelp }),
      button(words.xlsx, () => save(`linkgraph-${current().what}.xlsx`, [current()]), { id: "table-xlsx", title: words.xlsxHelp }),
      button(words.all, () => save("linkgraph-shown.xlsx", all), { id: "table-all", title: words.allHelp }),
    ),
    scroller,
    more,
  );
  app.onDraw(() => {
    all = tables(app);
    // Until a tab is chosen, the first one that has something: a large case begins with communities.
    if (!chosen) what = all.find((one) => one.rows.length)?.what ?? what;
    draw();
  });
  app.onSelect(mark);
  return panel;
}

function keyOf(thing: Thing): string {
  return `${thing.what} ${thing.index}`;
}
