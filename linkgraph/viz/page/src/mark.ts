/** A drawing as plain records: written as a file of SVG 1.1, or put on the page as elements. */

import { svg } from "./dom";

export interface Mark {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly children: readonly (Mark | string)[];
}

export function mark(tag: string, attributes: Mark["attributes"] = {}, ...children: (Mark | string)[]): Mark {
  return { tag, attributes, children };
}

/** As an SVG document; the namespace is the one argument, so that no address is written here. */
export function written(root: Mark, namespace: string): string {
  const outer = mark(root.tag, { xmlns: namespace, version: "1.1", ...root.attributes }, ...root.children);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(outer)}\n`;
}

/** As elements on the page. */
export function drawn({ tag, attributes, children }: Mark): Element {
  return svg(tag, said(attributes), ...children.map((child) => (typeof child === "string" ? document.createTextNode(child) : drawn(child))));
}

function element({ tag, attributes, children }: Mark): string {
  const text = Object.entries(said(attributes)).map(([name, value]) => ` ${name}="${escaped(String(value))}"`).join("");
  return children.length ? `<${tag}${text}>${children.map((child) => (typeof child === "string" ? escaped(child) : element(child))).join("")}</${tag}>` : `<${tag}${text}/>`;
}

/** Numbers to the hundredth: more is not seen, and makes files large. */
function said(attributes: Mark["attributes"]): Record<string, string | number> {
  return Object.fromEntries(Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, typeof value === "number" ? rounded(value) : value] as const])));
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Markup characters as entities; what XML 1.0 cannot hold (§2.2) as its number. */
function escaped(text: string): string {
  return text
    .replace(/[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]|\p{Cs}/gu, (one) => `⟨U+${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`)
    .replace(/[<>&"]/g, (one) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" })[one] ?? one);
}
