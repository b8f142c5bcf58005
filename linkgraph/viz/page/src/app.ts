/** What the panels are given: the case, what is chosen of it, and how to change that. */

import type { Backend, Route } from "./backend";
import type { Case } from "./data";
import type { Picture } from "./picture";
import type { Passing, State, Thing } from "./state";

export interface App {
  readonly model: Case;
  readonly state: State;
  readonly backend: Backend;
  /** What passes the filters, and what is drawn of it, since the last drawing. */
  readonly passes: Passing;
  readonly picture: Picture;
  /** Change filters, open communities or edits, such that it can be undone; then everything is drawn anew. */
  act(change: (state: State) => void): void;
  /** Change as `act` does, without a step that can be undone: for steps of playing. */
  preview(change: (state: State) => void): void;
  /** Select, bringing into the picture and into view what is not; null lets go. */
  select(thing: Thing | null): void;
  /** Have a path in the picture and marked; null takes the mark away. */
  mark(route: Route | null): void;
  /** Called after every drawing, and once when it is registered. */
  onDraw(follow: () => void): void;
  /** Called after every selection. */
  onSelect(follow: (thing: Thing | null) => void): void;
  /** Say something where a screen reader hears it. */
  say(text: string): void;
}
