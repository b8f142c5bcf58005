/** Times as they are said on the page: ISO 8601 in UTC, or in a zone that is then named with its offset. */

/** Seconds since 1970 as "2026-01-31 13:45:00 UTC". */
export function timeText(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

export function dayText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

/** Read "2026-01-31" or "2026-01-31 13:45[:00]" as UTC seconds; a bare day is its first second, or its last. Null if it is neither. */
export function readTime(text: string, end: boolean): number | null {
  const found = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(?::(\d{2}))?)?(?: ?(?:Z|UTC))?$/.exec(text.trim());
  if (!found) return null;
  const [, day, minute, second] = found;
  const rest = minute ? `${minute}:${second ?? (end ? "59" : "00")}` : end ? "23:59:59" : "00:00:00";
  const milliseconds = Date.parse(`${day}T${rest}Z`);
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString().slice(0, 10) !== day) return null;
  return milliseconds / 1000;
}

/** A zone to read times in: UTC, one of the IANA database, or for each row the offset that its source states. */
export type Zone = { readonly kind: "utc" } | { readonly kind: "named"; readonly name: string } | { readonly kind: "stated" };

export const UTC: Zone = { kind: "utc" };

/** Seconds east of UTC at a moment; null where nobody knows it: the row states none, or the browser lacks the zone. */
export function offsetIn(zone: Zone, seconds: number, stated: number | null): number | null {
  if (zone.kind === "utc") return 0;
  return zone.kind === "stated" ? stated : offsetOf(zone.name, seconds);
}

const QUARTER = 900;
const known = new Map<string, Map<number, number> | null>();
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * Seconds east of UTC in a named zone at a moment, summer time and all; null if the browser does not know the zone.
 *
 * Offsets change on quarters of an hour of UTC, so that each quarter is asked for once.
 */
export function offsetOf(name: string, seconds: number): number | null {
  let offsets = known.get(name);
  if (offsets === undefined) {
    try {
      const parts = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" } as const;
      formats.set(name, new Intl.DateTimeFormat("en-GB", { timeZone: name, hourCycle: "h23", ...parts }));
      offsets = new Map();
    } catch {
      // RangeError: no such zone here.
      offsets = null;
    }
    known.set(name, offsets);
  }
  if (offsets === null) return null;
  const quarter = Math.floor(seconds / QUARTER);
  const found = offsets.get(quarter);
  if (found !== undefined) return found;
  const offset = asked(formats.get(name) as Intl.DateTimeFormat, quarter * QUARTER);
  offsets.set(quarter, offset);
  return offset;
}

function asked(format: Intl.DateTimeFormat, seconds: number): number {
  const part = Object.fromEntries(format.formatToParts(seconds * 1000).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second) / 1000 - seconds;
}

/** "UTC+01:00"; an offset with seconds, as of local mean time, says them. */
export function offsetText(offset: number): string {
  const size = Math.abs(offset);
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, ...(size % 60 ? [size % 60] : [])];
  return `UTC${offset < 0 ? "−" : "+"}${parts.map((part) => String(part).padStart(2, "0")).join(":")}`;
}

/** What the clock on the wall shows, as "2026-03-29 02:00:00". */
export function wallText(seconds: number, offset: number): string {
  return new Date((seconds + offset) * 1000).toISOString().slice(0, 19).replace("T", " ");
}

/** The moment at which clocks of a zone show a time, the earlier of two; null where they skip it. `wall` is that time as if it were UTC. */
export function momentOf(zone: Zone, wall: number, stated: number | null = null): number | null {
  const around = [wall - 86_400, wall + 86_400].map((time) => offsetIn(zone, time, stated));
  const moments = around.flatMap((offset) => (offset !== null && offsetIn(zone, wall - offset, stated) === offset ? [wall - offset] : []));
  return moments.length ? Math.min(...moments) : null;
}
