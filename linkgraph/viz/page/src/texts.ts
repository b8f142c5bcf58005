/** Every word the page says, in one place. */

import type { Case } from "./data";

const number = new Intl.NumberFormat("en-GB");

export const n = (value: number): string => number.format(value);

const count = (value: number, one: string, many: string): string => `${n(value)} ${value === 1 ? one : many}`;

export const entities = (value: number): string => count(value, "entity", "entities");
export const links = (value: number): string => count(value, "link", "links");

const KINDS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  Account: ["account", "accounts"],
  IPAddress: ["IP address", "IP addresses"],
  PaymentAccount: ["payment account", "payment accounts"],
  FileHash: ["file hash", "file hashes"],
  Resource: ["resource", "resources"],
  Email: ["e-mail address", "e-mail addresses"],
  Phone: ["phone number", "phone numbers"],
  Device: ["device", "devices"],
  Person: ["person", "persons"],
};

const LINKS: Readonly<Record<string, string>> = {
  USED_IP: "used IP address",
  VISITED: "visited",
  SHARED_FILE: "shared file",
  SAME_FILE: "same file, other digest",
  SIMILAR_FILE: "similar file",
  PAID: "paid",
  HOLDS: "holds",
  CONTACTED: "contacted",
  LINKED: "linked (chart)",
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const kind = (name: string): string => capital(KINDS[name]?.[0] ?? name);
export const kinds = (name: string): string => capital(KINDS[name]?.[1] ?? name);
export const linkKind = (name: string): string => capital(LINKS[name] ?? name);

export function community(model: Case, index: number): string {
  const { number: place } = model.communities[index];
  return place ? `Community ${place}` : "In no community";
}

export const words = {
  application: "linkgraph",
  marking: "Marking",
  findAndFilter: "Find and filter",
  details: "Details",
  picture: "Link picture",
  pictureHelp:
    "Arrow keys move the picture, + and - zoom, 0 fits it. Every entity can be reached with the search box without a mouse.",
  search: "Find",
  searchHint: "Name, id, part of a hash …",
  searchResults: "Found entities",
  nothingFound: "Nothing in the case matches.",
  found: (shown: number, total: number): string =>
    shown < total ? `${n(total)} found, first ${n(shown)} listed` : `${n(total)} found`,
  entityKinds: "Entities",
  linkKinds: "Links",
  countries: "Country",
  noCountry: "No country known",
  crossingOnly: "Only links across a border",
  community: "Community",
  allCommunities: "All",
  communityOption: (name: string, size: number): string => `${name} · ${entities(size)}`,
  smallerLeftOut: (value: number): string => `… ${n(value)} smaller: open them by search`,
  time: "Time (UTC)",
  from: "From",
  to: "To",
  timeHelp: "A link is shown if any time from its first to its last sighting is in the range.",
  timeHint: "YYYY-MM-DD HH:MM",
  timeWrong: "Write a time as YYYY-MM-DD or YYYY-MM-DD HH:MM (UTC).",
  timeOrder: "The range ends before it begins.",
  untimed: "Keep links that carry no time",
  noTimes: "No link of this picture carries a time.",
  activity: "Links seen over time",
  all: "All",
  none: "None",
  marks: "Marks",
  markCrossing: "Link across a border: both countries known, and different",
  markCommunity: "Community; area by members, ring by kinds. Click: details, double click: open",
  markCommunityCrossing: "Community with links across a border",
  markFaded: "No link passes the filters",
  markSuspect: "Role: suspect",
  markVictim: "Role: victim, name not shown",
  markOtherRole: "Role: witness or police cover",
  fit: "Fit",
  fitHelp: "Show the whole picture",
  reset: "Reset",
  resetHelp: "Drop filters, close communities, show the start picture",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  png: "Save PNG",
  pngHelp: "Save the picture as it is shown, with case, marking and counts",
  about: "About this page",
  openCommunity: "Open in the picture",
  closeCommunity: "Close",
  closeAll: "Close communities",
  entityKind: "Kind",
  value: "Value",
  id: "Id",
  country: "Country",
  role: "Role",
  firstSeen: "First seen",
  lastSeen: "Last seen",
  unknown: "not known",
  noTime: "the evidence carries no time",
  statements: "What is said of it",
  linksTitle: "Links",
  sourcesTitle: "Evidence",
  countLabel: "Seen",
  observations: (value: number): string => count(value, "observation", "observations"),
  weight: "Stated weight",
  amounts: "Amounts",
  noCurrency: "no currency named",
  grade: "Worth",
  crossing: (a: string, b: string): string => `crosses a border: ${a} – ${b}`,
  notCrossing: "no border crossing known",
  border: "Border",
  row: "row",
  rows: (ranges: string): string => (/^\d+$/.test(ranges) ? `row ${ranges}` : `rows ${ranges}`),
  rowsCut: (written: number, total: number): string =>
    `The first ${n(written)} of ${n(total)} rows are written here; 'linkgraph show' lists all.`,
  noEvidence: "No rows are recorded for this.",
  sha: "SHA-256",
  showAll: (value: number): string => `Show all ${n(value)}`,
  showName: "Show name",
  members: "Strongest members",
  size: "Size",
  crossings: "Links across a border",
  nothingSelected: "Click an entity, a link or a community, or find one by name. Its attributes, links, sources and rows appear here.",
  sourcesOfCase: "Sources of this picture",
  licences: "Licences of the software in this page",
  toEntity: "To",
  fromEntity: "From",
};

export const victimsHidden = (value: number): string => `${count(value, "victim", "victims")} not shown`;

export interface Drawn {
  readonly entities: number;
  readonly links: number;
  readonly closed: number;
  readonly open: number;
  readonly bundles: number;
}

/** What is drawn, in one sentence; tests and screen readers read this. */
export function drawnStatus(drawn: Drawn): string {
  if (!drawn.closed && !drawn.open) return `${entities(drawn.entities)}, ${links(drawn.links)} shown`;
  const parts = [`${count(drawn.closed, "community", "communities")}`];
  if (drawn.open) parts.push(`${n(drawn.open)} open`, entities(drawn.entities), links(drawn.links));
  if (drawn.bundles) parts.push(`${count(drawn.bundles, "line", "lines")} between them`);
  return `${parts.join(", ")} shown`;
}

export const left = {
  members: (name: string, drawn: number, total: number): string =>
    `${name}: the strongest ${n(drawn)} of ${entities(total)} are drawn, ${n(total - drawn)} are not.`,
  communities: (value: number): string => `${count(value, "smaller community is", "smaller communities are")} not drawn.`,
  bundles: (value: number): string => `${count(value, "thinner line is", "thinner lines are")} not drawn.`,
  closed: (name: string): string => `${name} was closed to make room.`,
  untimed: (value: number): string => `${count(value, "link carries", "links carry")} no time and ${value === 1 ? "is" : "are"} hidden.`,
};
