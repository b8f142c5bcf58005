/** Elements made from text, never from markup. */

import { pieces } from "./unicode";

export type Child = Node | string;

export interface Attributes {
  readonly [name: string]: string | number | boolean | undefined;
}

/** Make an element; strings become text. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** Make an element of a drawing; the empty one in the template lends its namespace, so that no address is written here. */
export function svg(tag: string, attributes: Attributes = {}, ...children: Node[]): Element {
  const element = document.createElementNS(document.getElementById("drawing")?.namespaceURI ?? null, tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Text from evidence: isolated from the direction of what is around it, unseen characters written out. */
export function evidenceText(text: string): HTMLElement {
  const element = h("bdi", { class: "evidence" });
  for (const piece of pieces(text)) element.append(piece.unseen ? h("span", { class: "unseen" }, piece.text) : piece.text);
  return element;
}

export function button(text: Child, action: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = h("button", { type: "button", ...attributes }, text);
  element.addEventListener("click", action);
  return element;
}

/** Name and value pairs, as a description list. */
export function pairs(rows: readonly (readonly [Child, Child | readonly Child[]])[]): HTMLElement {
  const list = h("dl");
  for (const [name, value] of rows) {
    list.append(h("dt", {}, name), Array.isArray(value) ? h("dd", {}, ...(value as Child[])) : h("dd", {}, value as Child));
  }
  return list;
}
