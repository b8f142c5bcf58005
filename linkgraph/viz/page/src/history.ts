/** Undo and redo: states of filters, open communities and edits, each kept whole, since they are small. */

import type { Edits, Filters, State } from "./state";

export interface Step {
  readonly filters: Filters;
  readonly open: readonly number[];
  readonly wanted: ReadonlySet<number>;
  readonly edits: Edits;
}

const KEPT = 200;

export function kept(state: State): Step {
  return structuredClone({ filters: state.filters, open: state.open, wanted: state.wanted, edits: state.edits });
}

/** Put a state back as it was, in place: panels share the objects. */
export function restore(state: State, step: Step): void {
  const { filters, open, wanted, edits } = structuredClone(step) as State;
  Object.assign(state, { filters, open, wanted, edits });
}

export class History {
  private readonly past: Step[] = [];
  private readonly future: Step[] = [];

  /** Remember a state that is about to change. */
  remember(state: State): void {
    this.past.push(kept(state));
    if (this.past.length > KEPT) this.past.shift();
    this.future.length = 0;
  }

  undo(state: State): boolean {
    return this.move(this.past, this.future, state);
  }

  redo(state: State): boolean {
    return this.move(this.future, this.past, state);
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  private move(from: Step[], to: Step[], state: State): boolean {
    const step = from.pop();
    if (!step) return false;
    to.push(kept(state));
    restore(state, step);
    return true;
  }
}
