/** Reading the model out of the page: base64, deflate (RFC 1951), JSON. */

import { readCase, type Case, type Model } from "./data";

/** The case that the page carries; null where it is a shell that asks an explorer. */
export async function carried(element: HTMLElement): Promise<Case | null> {
  const text = (element.textContent ?? "").trim();
  if (!text) return null;
  const characters = atob(text);
  const packed = new Uint8Array(characters.length);
  for (let at = 0; at < packed.length; at++) packed[at] = characters.charCodeAt(at);
  const inflated = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return readCase((await new Response(inflated).json()) as Model);
}
