/**
 * A view: what an investigator has made of the page, as a file of its own that another page of the same case
 * opens. It names things by id and by word, so that it still fits after an import; what does not fit is counted.
 */

import type { Case } from "./data";
import { noEdits, noFilters, type Edits, type Filters, type State } from "./state";

export interface Camera {
  readonly zoom: number;
  readonly pan: { readonly x: number; readonly y: number };
}

export interface View {
  readonly format: "linkgraph view 1";
  readonly case: string;
  readonly digest: string;
  readonly filters: {
    readonly kinds: readonly string[];
    readonly link_kinds: readonly string[];
    /** Codes; "" for none known. */
    readonly countries: readonly string[];
    /** SHA-256. */
    readonly sources: readonly string[];
    readonly markings: readonly string[];
    readonly grades: readonly string[];
    /** Id of the one community shown, or null. */
    readonly community: string | null;
    readonly fewest: number | null;
    readonly most: number | null;
    readonly from: number | null;
    readonly to: number | null;
    readonly untimed: boolean;
    readonly crossing_only: boolean;
  };
  /** Ids of communities and of entities. */
  readonly open: readonly string[];
  readonly wanted: readonly string[];
  readonly hidden: readonly string[];
  readonly pinned: Readonly<Record<string, readonly [x: number, y: number]>>;
  readonly notes: Readonly<Record<string, string>>;
  readonly groups: readonly { readonly name: string; readonly members: readonly string[] }[];
  readonly camera: Camera | null;
}

/** What is switched off is written by its word. */
export function saved(model: Case, state: State, camera: Camera | null): View {
  const { filters: f, edits } = state;
  const words = (indices: Iterable<number>, of: readonly string[]): string[] =>
    Array.from(indices, (index) => of[index] ?? "").sort();
  return {
    format: "linkgraph view 1",
    case: model.case,
    digest: model.digest,
    filters: {
      kinds: words(f.kindsOff, model.kinds),
      link_kinds: words(f.linkKindsOff, model.link_kinds),
      countries: words(f.countriesOff, model.countries),
      sources: words(f.sourcesOff, model.sources.map((one) => one.sha256)),
      markings: [...f.markingsOff].sort(),
      grades: [...f.gradesOff].sort(),
      community: f.community === null ? null : model.communities[f.community].id,
      fewest: f.fewest,
      most: f.most,
      from: f.from,
      to: f.to,
      untimed: f.untimed,
      crossing_only: f.crossingOnly,
    },
    open: state.open.map((index) => model.communities[index].id),
    wanted: Array.from(state.wanted, (index) => model.entities.id[index]).sort(),
    hidden: [...edits.hidden].sort(),
    pinned: Object.fromEntries([...edits.pinned].sort().map(([id, { x, y }]) => [id, [x, y]])),
    notes: Object.fromEntries([...edits.notes].sort()),
    groups: edits.groups.map(({ name, members }) => ({ name, members: [...members].sort() })),
    camera,
  };
}

export interface Opened {
  readonly filters: Filters;
  readonly open: number[];
  readonly wanted: Set<number>;
  readonly edits: Edits;
  readonly camera: Camera | null;
  /** The view is of another state of the case. */
  readonly otherState: boolean;
  /** Things it names that this page does not carry. */
  readonly missing: number;
}

/**
 * Read a view file.
 *
 * Throws a RangeError with a sentence where it is none, or one of another case.
 */
export function read(model: Case, text: string, fault: { noView: string; otherCase: (name: string) => string }): Opened {
  const view = parsed(text, fault.noView);
  if (view.case !== model.case) throw new RangeError(fault.otherCase(view.case));
  let missing = 0;
  const places = (words: readonly string[], of: readonly string[]): number[] =>
    words.flatMap((word) => {
      const index = word === "" ? -1 : of.indexOf(word);
      if (index < 0 && word !== "") missing++;
      return index < 0 && word !== "" ? [] : [index];
    });
  const ids = model.communities.map((one) => one.id);
  const entity = (id: string): number[] => {
    const index = model.byId.get(id);
    if (index === undefined) missing++;
    return index === undefined ? [] : [index];
  };
  const { filters: f } = view;
  const filters: Filters = {
    ...noFilters(),
    kindsOff: new Set(places(f.kinds, model.kinds)),
    linkKindsOff: new Set(places(f.link_kinds, model.link_kinds)),
    countriesOff: new Set(places(f.countries, model.countries)),
    sourcesOff: new Set(places(f.sources, model.sources.map((one) => one.sha256))),
    markingsOff: new Set(f.markings),
    gradesOff: new Set(f.grades),
    community: f.community === null ? null : (places([f.community], ids)[0] ?? null),
    fewest: f.fewest,
    most: f.most,
    from: f.from,
    to: f.to,
    untimed: f.untimed,
    crossingOnly: f.crossing_only,
  };
  if (filters.community === -1) filters.community = ids.indexOf("");
  const edits: Edits = {
    ...noEdits(),
    hidden: new Set(view.hidden),
    pinned: new Map(Object.entries(view.pinned).map(([id, [x, y]]) => [id, { x, y }])),
    notes: new Map(Object.entries(view.notes)),
    groups: view.groups.map(({ name, members }) => ({ name, members })),
  };
  for (const id of new Set([...edits.hidden, ...edits.pinned.keys(), ...edits.notes.keys(), ...edits.groups.flatMap((one) => one.members)])) entity(id);
  return {
    filters,
    open: places(view.open.filter(Boolean), ids),
    wanted: new Set(view.wanted.flatMap(entity)),
    edits,
    camera: view.camera,
    otherState: view.digest !== model.digest,
    missing,
  };
}

/** A view file is somebody's input: only what has the right form gets in. */
function parsed(text: string, noView: string): View {
  let view: unknown;
  try {
    view = JSON.parse(text);
  } catch {
    throw new RangeError(noView);
  }
  const is = (value: unknown, form: Form): boolean => {
    if (typeof form === "function") return form(value);
    if (typeof value !== "object" || value === null) return false;
    return Object.entries(form).every(([name, inner]) => is((value as Record<string, unknown>)[name], inner));
  };
  if (!is(view, FORM)) throw new RangeError(noView);
  return view as View;
}

type Form = ((value: unknown) => boolean) | { readonly [name: string]: Form };
const text = (value: unknown): boolean => typeof value === "string";
const number = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);
const orNull = (form: (value: unknown) => boolean) => (value: unknown): boolean => value === null || form(value);
const list = (form: (value: unknown) => boolean) => (value: unknown): boolean => Array.isArray(value) && value.every(form);
const record = (form: (value: unknown) => boolean) => (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(form);
const flag = (value: unknown): boolean => typeof value === "boolean";
const place = (value: unknown): boolean => Array.isArray(value) && value.length === 2 && value.every(number);
const group = (value: unknown): boolean => {
  const one = value as { name?: unknown; members?: unknown } | null;
  return typeof one === "object" && one !== null && text(one.name) && list(text)(one.members);
};
const camera = (value: unknown): boolean => {
  const one = value as Partial<Camera> | null;
  return typeof one === "object" && one !== null && number(one.zoom) && number(one.pan?.x) && number(one.pan?.y);
};

const FORM: Form = {
  format: (value) => value === "linkgraph view 1",
  case: text,
  digest: text,
  filters: {
    kinds: list(text),
    link_kinds: list(text),
    countries: list(text),
    sources: list(text),
    markings: list(text),
    grades: list(text),
    community: orNull(text),
    fewest: orNull(number),
    most: orNull(number),
    from: orNull(number),
    to: orNull(number),
    untimed: flag,
    crossing_only: flag,
  },
  open: list(text),
  wanted: list(text),
  hidden: list(text),
  pinned: record(place),
  notes: record(text),
  groups: list(group),
  camera: orNull(camera),
};
