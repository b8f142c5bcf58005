/** What is shown and what is not, in words: below the picture, and on everything that leaves the page. */

import type { App } from "./app";
import { complete, type Case } from "./data";
import type { Seal } from "./seal";
import type { State } from "./state";
import * as texts from "./texts";
import { timeText } from "./time";
import { visible } from "./unicode";

type Shown = Pick<App, "model" | "picture" | "passes" | "state">;

export function shownText({ picture: now }: Pick<App, "picture">): string {
  return texts.drawnStatus({
    entities: now.entities.length,
    links: now.links.length,
    groups: now.groups.length,
    closed: now.closed.length,
    open: now.open.length,
    bundles: now.closed.length || now.open.length ? now.bundles.length : 0,
  });
}

/** One sentence for each thing of what the page has that is not drawn. */
export function leftOut({ model, picture, passes, state }: Shown): string[] {
  const { left } = texts;
  const said: string[] = [];
  for (const one of picture.open) if (one.drawn < one.passing) said.push(left.members(texts.community(model, one.index), one.drawn, one.passing));
  if (picture.closedLeftOut) said.push(left.communities(picture.closedLeftOut));
  if (picture.bundlesLeftOut) said.push(left.bundles(picture.bundlesLeftOut));
  if (picture.wantedLeftOut) said.push(left.wanted(picture.wantedLeftOut));
  if (passes.withoutTime) said.push(left.untimed(passes.withoutTime));
  if (state.edits.hidden.size) said.push(left.hidden(state.edits.hidden.size));
  return said;
}

/** One sentence for each thing that a reader does not see, for what leaves the page. */
export function cuts(shown: Shown): string[] {
  const { model } = shown;
  const said = leftOut(shown);
  if (!complete(model)) said.unshift(texts.leaving.carried(model.entities.id.length, model.totals.entities, model.links.id.length, model.totals.links));
  if (model.victims_hidden) said.push(`${texts.victimsHidden(model.victims_hidden)}.`);
  return said;
}

/** Filters as an investigator would say them; empty where none is set. */
export function filtersInWords(model: Case, { filters: f }: Pick<State, "filters">): string[] {
  const { filtered } = texts;
  const said: string[] = [];
  const without = (name: string, off: ReadonlySet<number> | ReadonlySet<string>, word: (one: never) => string): void => {
    if (off.size) said.push(filtered.without(name, Array.from(off as ReadonlySet<never>, word).sort()));
  };
  const { words } = texts;
  without(words.entityKinds, f.kindsOff, (kind: number) => texts.kinds(model.kinds[kind]));
  without(words.linkKinds, f.linkKindsOff, (kind: number) => texts.linkKind(model.link_kinds[kind]));
  without(words.countries, f.countriesOff, (country: number) => model.countries[country] ?? words.noCountry);
  without(words.sourcesTitle, f.sourcesOff, (source: number) => visible(model.sources[source].name));
  without(words.marking, f.markingsOff, (marking: string) => marking);
  without(words.grade, f.gradesOff, (grade: string) => (grade ? visible(grade) : filtered.noGrade));
  if (f.community !== null) said.push(filtered.only(texts.community(model, f.community)));
  if (f.fewest !== null || f.most !== null) said.push(filtered.links(f.fewest, f.most));
  if (f.from !== null || f.to !== null) {
    const at = (seconds: number | null): string | null => (seconds === null ? null : timeText(seconds));
    said.push(filtered.time(at(f.from), at(f.to), f.untimed));
  }
  if (f.crossingOnly) said.push(`${words.crossingOnly}.`);
  return said;
}

/** Name and value of all that must be said beside a table or a picture that stands alone. */
export function aboutShown(shown: Shown, page: string | null, made: Date): readonly (readonly [name: string, value: string])[] {
  const { model, state } = shown;
  const { leaving, words } = texts;
  const filters = filtersInWords(model, state);
  return [
    [leaving.case, visible(model.case)],
    [words.marking, model.marking],
    [leaving.digest, model.digest],
    [leaving.pageDigest, page ?? leaving.nothing],
    [leaving.evidenceRange, evidenceRange(model)],
    [leaving.shown, shownText(shown)],
    [leaving.cut, cuts(shown).join(" ") || leaving.nothing],
    [leaving.filters, filters.join(" ") || leaving.nothing],
    [leaving.made, leaving.byThisClock(timeText(Math.floor(made.getTime() / 1000)))],
  ];
}

export function evidenceRange({ time }: Case): string {
  return time ? time.map(timeText).join(" – ") : texts.words.noTime;
}

/** Digest of the page as it was made; null where an explorer serves it. */
export function pageDigest(): string | null {
  const seal = document.getElementById("seal")?.textContent?.trim();
  return seal ? (JSON.parse(seal) as Seal).page : null;
}

/** What a picture says when it is alone: the case, its marking, and lines below. */
export interface Caption {
  readonly case: string;
  readonly marking: string;
  readonly lines: readonly string[];
}

export function caption(shown: Shown, page: string | null): Caption {
  const { model, state } = shown;
  return {
    case: visible(model.case),
    marking: model.marking,
    lines: [
      [shownText(shown), ...filtersInWords(model, state)].join(" · "),
      ...cuts(shown),
      [texts.leaving.digests(model.digest.slice(0, 16), page?.slice(0, 16) ?? null), texts.words.application].join(" · "),
    ],
  };
}

/** A line broken between words so that each part fits; a word that does not fit by itself is broken too. */
export function wrapped(line: string, fits: (text: string) => boolean): string[] {
  const lines: string[] = [];
  let rest = "";
  for (let word of line.match(/\S+\s*/g) ?? []) {
    if (fits(`${rest}${word}`.trimEnd())) {
      rest += word;
      continue;
    }
    if (rest) lines.push(rest.trimEnd());
    while (word.length > 1 && !fits(word.trimEnd())) {
      const letters = Array.from(word);
      let length = letters.length - 1;
      while (length > 1 && !fits(letters.slice(0, length).join(""))) length--;
      lines.push(letters.slice(0, length).join(""));
      word = letters.slice(length).join("");
    }
    rest = word;
  }
  return rest ? [...lines, rest.trimEnd()] : lines;
}
