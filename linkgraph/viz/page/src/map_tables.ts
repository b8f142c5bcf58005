/** The numbers of the map as tables that are sorted by their heads. */

import { button, h } from "./dom";
import { n } from "./texts";

export interface Row {
  /** Tells rows apart while the table is filled anew. */
  readonly key: string;
  readonly name: string;
  /** Whether it is what is shown alone. */
  readonly pressed: boolean;
  readonly off: string;
  readonly numbers: readonly number[];
}

interface SortedTable {
  readonly element: HTMLElement;
  fill(rows: readonly Row[]): void;
}

const collator = new Intl.Collator("en");

/** Rows by one of their columns: 0 is the name, the numbers follow; rows that are equal there stay in order. */
export function byColumn(rows: readonly Row[], column: number, descending: boolean): Row[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => sign * (column ? a.numbers[column - 1] - b.numbers[column - 1] : collator.compare(a.name, b.name)));
}

/** `sorted` is the column that comes sorted, largest first; a row's button calls `act`. */
export function sortedTable(caption: string, heads: readonly string[], sorted: number, act: (key: string, more: boolean) => void): SortedTable {
  let [column, descending] = [sorted, true];
  let all: readonly Row[] = [];
  const body = h("tbody");
  const cells = heads.map((head, index) => {
    const sort = button(head, () => {
      [column, descending] = [index, index === column ? !descending : index > 0];
      draw();
    }, { class: "text" });
    return h("th", { scope: "col", class: index ? "number" : undefined }, sort);
  });
  const draw = (): void => {
    cells.forEach((cell, index) => cell.setAttribute("aria-sort", index !== column ? "none" : descending ? "descending" : "ascending"));
    const held = body.contains(document.activeElement) ? document.activeElement?.getAttribute("data-key") : null;
    body.replaceChildren(
      ...byColumn(all, column, descending).map(({ key, name, pressed, off, numbers }) => {
        const choose = h("button", { type: "button", class: "link-like", "data-key": key, "aria-pressed": String(pressed) }, name);
        choose.addEventListener("click", (event) => act(key, event.ctrlKey || event.metaKey || event.shiftKey));
        const head = h("th", { scope: "row" }, choose, ...(off ? [h("span", { class: "quiet" }, ` (${off})`)] : []));
        return h("tr", { class: off ? "off" : undefined }, head, ...numbers.map((value) => h("td", { class: "number" }, n(value))));
      }),
    );
    if (held) body.querySelector<HTMLElement>(`[data-key="${held}"]`)?.focus();
  };
  const element = h("table", { class: "map-table" }, h("caption", {}, caption), h("thead", {}, h("tr", {}, ...cells)), body);
  return {
    element,
    fill: (rows) => {
      all = rows;
      draw();
    },
  };
}
