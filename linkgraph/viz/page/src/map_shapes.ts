/** Where things of the map go: what part of the world is seen, the curves of flows, the room for words. */

export type Point = readonly [x: number, y: number];

/** A part of the drawing, in its units. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The room that a shape takes, from path data of `M`, `l` and `z` with whole numbers, as outline.mjs writes it. */
export function extent(path: string): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of path.split("z")) {
    const numbers = (ring.match(/-?\d+/g) ?? []).map(Number);
    let [x, y] = [0, 0];
    for (let index = 0; index + 1 < numbers.length; index += 2) {
      x += numbers[index];
      y += numbers[index + 1];
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** A box around all of these with some air, no narrower than `least`, inside the world. */
export function around(boxes: readonly Box[], world: Box, least: number): Box {
  if (!boxes.length) return world;
  const left = Math.min(...boxes.map(({ x }) => x));
  const top = Math.min(...boxes.map(({ y }) => y));
  const right = Math.max(...boxes.map(({ x, width }) => x + width));
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height));
  const width = Math.min(world.width, Math.max(least, (right - left) * 1.12));
  const height = Math.min(world.height, Math.max(least / 2, (bottom - top) * 1.16));
  const within = (from: number, start: number, space: number): number => Math.min(start + space, Math.max(start, from));
  return {
    x: within((left + right - width) / 2, world.x, world.width - width),
    y: within((top + bottom - height) / 2, world.y, world.height - height),
    width,
    height,
  };
}

/** The box made smaller by a factor, with one point of it staying where it is seen. */
export function zoomed(view: Box, factor: number, [x, y]: Point, world: Box, least: number): Box {
  const width = Math.min(world.width, Math.max(least, view.width / factor));
  const scale = width / view.width;
  return inside({ x: x - (x - view.x) * scale, y: y - (y - view.y) * scale, width, height: view.height * scale }, world);
}

/** The box moved such that its middle is on the world. */
export function inside(view: Box, world: Box): Box {
  const within = (middle: number, from: number, length: number): number => Math.min(from + length, Math.max(from, middle));
  return {
    ...view,
    x: within(view.x + view.width / 2, world.x, world.width) - view.width / 2,
    y: within(view.y + view.height / 2, world.y, world.height) - view.height / 2,
  };
}

export interface Curve {
  readonly path: string;
  readonly middle: Point;
}

/** A line between two places, bent northwards so that it is told from a border and from the lines beside it. */
export function curve([x1, y1]: Point, [x2, y2]: Point): Curve {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const bend = dx < 0 || (dx === 0 && dy < 0) ? -0.22 : 0.22;
  const [cx, cy] = [(x1 + x2) / 2 + dy * bend, (y1 + y2) / 2 - dx * bend];
  const round = (value: number): number => Math.round(value * 10) / 10;
  return { path: `M${x1} ${y1}Q${round(cx)} ${round(cy)} ${x2} ${y2}`, middle: [round((x1 + 2 * cx + x2) / 4), round((y1 + 2 * cy + y2) / 4)] };
}

/** Width of a line in pixels: a few pairs hold most links, and the root still shows the others. */
export function thickness(links: number, most: number): number {
  return 1 + 4 * Math.sqrt(links / Math.max(1, most));
}

/**
 * Find room for words, the most important first: at their place, or beside it; null where there is none.
 *
 * `seen` is the part of the drawing on the screen; words that would stick out of it get no room.
 */
export function room(labels: readonly { readonly at: Point; readonly width: number; readonly height: number }[], seen: Box): (Point | null)[] {
  const taken: Box[] = [];
  return labels.map(({ at: [x, y], width, height }) => {
    const beside: Point[] = [[0, 0], [0, -height], [0, height], [width * 0.6, 0], [-width * 0.6, 0]];
    for (const [dx, dy] of beside) {
      const box = { x: x + dx - width / 2, y: y + dy - height / 2, width, height };
      if (!contains(seen, box) || taken.some((one) => meet(one, box))) continue;
      taken.push(box);
      return [x + dx, y + dy] as const;
    }
    return null;
  });
}

function contains(outer: Box, box: Box): boolean {
  return box.x >= outer.x && box.y >= outer.y && box.x + box.width <= outer.x + outer.width && box.y + box.height <= outer.y + outer.height;
}

function meet(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Position of the nearest point within 45 degrees of a direction; -1 where there is none. */
export function nearest(points: readonly Point[], from: number, [dx, dy]: Point): number {
  const [x, y] = points[from];
  let [best, distance] = [-1, Infinity];
  points.forEach(([px, py], index) => {
    const [ahead, aside] = [(px - x) * dx + (py - y) * dy, Math.abs((px - x) * dy - (py - y) * dx)];
    const length = Math.hypot(px - x, py - y);
    if (index === from || ahead < aside || length === 0 || length >= distance) return;
    [best, distance] = [index, length];
  });
  return best;
}
