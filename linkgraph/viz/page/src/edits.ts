/** What an investigator can do to the picture itself; each changes the state in place and is undone as one step. */

import type { Case } from "./data";
import type { State } from "./state";

/** The entities that an act is about: those chosen together, else the selected one, else the members of the selected group. */
export function subjects(model: Case, state: State): number[] {
  if (state.chosen.size) return [...state.chosen];
  const { selected } = state;
  if (selected?.what === "entity") return [selected.index];
  if (selected?.what === "group") return (state.edits.groups[selected.index]?.members ?? []).flatMap((id) => model.byId.get(id) ?? []);
  return [];
}

export function hide(model: Case, state: State, entities: readonly number[]): void {
  for (const entity of entities) state.edits.hidden.add(model.entities.id[entity]);
}

export function showAgain(state: State): void {
  state.edits.hidden.clear();
}

/** Keep entities where they are, or let them go back to their places. */
export function pin(model: Case, state: State, entities: readonly number[], place: (entity: number) => { x: number; y: number } | null): void {
  for (const entity of entities) {
    const at = place(entity);
    if (at) state.edits.pinned.set(model.entities.id[entity], at);
    else state.edits.pinned.delete(model.entities.id[entity]);
  }
}

export function annotate(model: Case, state: State, entity: number, note: string): void {
  if (note.trim()) state.edits.notes.set(model.entities.id[entity], note.trim());
  else state.edits.notes.delete(model.entities.id[entity]);
}

/** Draw entities as one; whoever was in another group leaves it. */
export function group(model: Case, state: State, entities: readonly number[], name: string): void {
  const members = entities.map((entity) => model.entities.id[entity]);
  const leaving = new Set(members);
  const others = state.edits.groups.map((one) => ({ name: one.name, members: one.members.filter((id) => !leaving.has(id)) }));
  state.edits.groups = [...others.filter((one) => one.members.length), { name, members }];
}

export function ungroup(state: State, index: number): void {
  state.edits.groups = state.edits.groups.filter((_, place) => place !== index);
}

export function rename(state: State, index: number, name: string): void {
  state.edits.groups = state.edits.groups.map((one, place) => (place === index ? { ...one, name } : one));
}
