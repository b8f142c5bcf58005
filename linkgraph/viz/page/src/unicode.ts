/** Characters that are not seen, or that turn the text around, made visible. */

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

function written(character: string): string {
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** The text with every control, bidirectional, zero-width or other unseen character written as its number. */
export function visible(text: string): string {
  return text.replace(UNSEEN, written);
}

/** The text in pieces: as it is, or an unseen character written as its number. */
export function pieces(text: string): { text: string; unseen: boolean }[] {
  const result: { text: string; unseen: boolean }[] = [];
  let from = 0;
  for (const found of text.matchAll(UNSEEN)) {
    if (found.index > from) result.push({ text: text.slice(from, found.index), unseen: false });
    result.push({ text: written(found[0]), unseen: true });
    from = found.index + found[0].length;
  }
  if (from < text.length) result.push({ text: text.slice(from), unseen: false });
  return result;
}

/** A text cut to a length that a picture has room for, never inside a character. */
export function short(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}

/** The form in which texts are compared: compatible forms and letter case fall together, unseen characters away. */
export function folded(text: string): string {
  return text.normalize("NFKC").replace(UNSEEN, "").toLowerCase();
}
