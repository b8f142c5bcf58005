/** Times as they are said on the page: ISO 8601, always UTC. */

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
