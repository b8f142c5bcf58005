/** Every word the page says, in one place. */

import type { Case } from "./data";
import { timeText, type Zone } from "./time";

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
  digest: "Digest of the graph",
  linksInAll: "Links in the case",
  linksCarried: (carried: number, total: number): string => `Links (${n(carried)} of ${n(total)} are here)`,
  membersCarried: (carried: number, total: number): string => `Members (the strongest ${n(carried)} of ${n(total)} are here)`,
  groupIs: "A group of yours: drawn as one, its links added up. It says nothing about the evidence.",
  find: "Filters",
  lists: "Lists",
  route: "Path",
  table: "Table",
  map: "Map",
  timeline: "Timeline",
  panelsBelow: "Panels below the picture",
  panelsLeft: "Find, lists, path",
  undo: "Undo",
  redo: "Redo",
  nothingToUndo: "There is nothing to undo.",
  undone: "Undone.",
  redone: "Done again.",
  hide: "Hide",
  hideHelp: "Hide what is selected (h)",
  showHidden: (value: number): string => `Show ${n(value)} hidden`,
  pin: "Pin",
  unpin: "Unpin",
  pinHelp: "Keep what is selected where it is (p); dragging pins too",
  group: "Group",
  groupHelp: "Draw what is selected together as one (g); choose with Shift and click, Shift and drag, or Space",
  groupName: (value: number): string => `Group ${n(value)}`,
  groupNeeds: "Choose two or more entities first: Shift and click, Shift and drag over them, or Space on each.",
  ungroup: "Ungroup",
  nameOfGroup: "Name of the group",
  note: "Your note",
  noteHelp: "Kept in a saved view and printed; not part of the evidence.",
  choose: "Choose",
  unchoose: "Chosen: take out",
  chosen: (value: number): string => (value ? `${n(value)} chosen` : "Nothing is chosen."),
  expand: "Show neighbours",
  expanded: (added: number, leftOver: number): string => `${entities(added)} around it shown${leftOver ? `, ${n(leftOver)} more are not` : ""}.`,
  nothingSelectedYet: "Select something in the picture first.",
  view: "View",
  viewSave: "Save view …",
  viewOpen: "Open view …",
  viewIsNone: "This file is no view of linkgraph.",
  viewOfOther: (name: string): string => `This view is of the case '${name}'.`,
  viewOpened: "The view is open.",
  viewOtherState: "It was saved from another state of the case.",
  viewMissing: (value: number): string => `${n(value)} things it names are not on this page.`,
  save: "Save",
  print: "Print",
  printHelp: "A black-and-white chart with legend, and the table",
  svg: "SVG",
  svgHelp: "Save the picture as it is drawn, to be enlarged without loss",
  theme: "Light or dark",
  keys: "Keys",
  keysTitle: "Keys in the picture",
  keyRows: [
    ["← ↑ ↓ →", "move the picture"],
    ["+ −", "zoom"],
    ["0", "fit"],
    ["n, b", "next and previous thing that is drawn, by strength"],
    ["Enter", "open a community, or show an entity's neighbours"],
    ["Space", "choose the selected entity, for grouping and hiding"],
    ["h, p, g", "hide, pin, group what is chosen or selected"],
    ["a", "write a note"],
    ["Ctrl+Z, Ctrl+Y", "undo, redo"],
    ["/", "find"],
    ["Escape", "let go of everything"],
  ] as readonly (readonly [string, string])[],
  close: "Close",
  verify: "Verify this page",
  verifyHelp: "Works out the SHA-256 of the page's parts again and compares them with those written when it was made.",
  verified: "All parts are as they were when the page was made.",
  verifiedNot: (parts: string): string => `NOT as it was made: ${parts}. Do not rely on this page.`,
  verifyImpossible: "This browser does not let the page work out hashes here.",
  pageDigest: "Page digest",
  verifyLimit: "Whoever changes a page can change this check as well: compare the page digest, or the SHA-256 of the file, with the case's audit log ('linkgraph verify-page').",
  chooseFile: "SHA-256 of the file",
  routeGone: "The mark is taken away.",
  searchedPart: (carried: number, total: number): string => `Searched: the ${n(carried)} of ${n(total)} entities that this file carries.`,
  clearFilters: "Clear filters",
  filtersNone: "No filter is on.",
  filtersOn: (value: number): string => count(value, "filter is on.", "filters are on."),
  filtersHideAll: "Nothing passes them.",
  grades: "Worth of links",
  noGrade: "No grade",
  sourcesFilter: "Sources",
  sourcesHelp: "A link is shown while one of its sources is on. Numbers are rows.",
  markings: "Markings of sources",
  degrees: "Links of an entity",
  fewest: "At least",
  most: "At most",
  degreeWrong: "Write whole numbers from 0 up.",
  degreeOrder: "The most is less than the least.",
  noLists: "This page carries no lists.",
  why: "Why",
  rankings: {
    leads: { name: "Leads", help: "Whom to look at first, by the weights in the findings. A lead is a suggestion, not a suspicion.", score: "score" },
    hubs: { name: "Hubs", help: "Who holds the network together. Being well connected is no guilt.", score: "connected to" },
  },
  useSelected: "Use the selected one",
  findRoute: "Find the path",
  clearRoute: "Take the mark away",
  routeHelp: "The shortest way along links that pass the filters. It never leads through a victim, nor over a link that never links.",
  routeNeeds: "Choose both ends from the lists first.",
  noRoute: "There is no path between the two under these filters.",
  hops: (value: number): string => `${count(value, "step", "steps")}:`,
  weakRoute: "A step of this path is weak: see its worth.",
  wrongFormat: "This page was written by another version of linkgraph than its script.",
  cannotOpen: "This page cannot be opened: it is damaged, or the browser is too old.",
};

export const victimsHidden = (value: number): string => `${count(value, "victim", "victims")} not shown`;

export interface Drawn {
  readonly entities: number;
  readonly links: number;
  readonly closed: number;
  readonly open: number;
  readonly bundles: number;
  readonly groups: number;
}

/** What is drawn, in one sentence; tests and screen readers read this. */
export function drawnStatus(drawn: Drawn): string {
  const grouped = drawn.groups ? [count(drawn.groups, "group", "groups")] : [];
  if (!drawn.closed && !drawn.open) return `${[entities(drawn.entities), links(drawn.links), ...grouped].join(", ")} shown`;
  const parts = [`${count(drawn.closed, "community", "communities")}`, ...grouped];
  if (drawn.open) parts.push(`${n(drawn.open)} open`);
  if (drawn.open || drawn.entities) parts.push(entities(drawn.entities), links(drawn.links));
  if (drawn.bundles) parts.push(`${count(drawn.bundles, "line", "lines")} between them`);
  return `${parts.join(", ")} shown`;
}

export const left = {
  members: (name: string, drawn: number, total: number): string =>
    `${name}: the strongest ${n(drawn)} of ${entities(total)} are drawn, ${n(total - drawn)} are not.`,
  communities: (value: number): string => `${count(value, "smaller community is", "smaller communities are")} not drawn.`,
  bundles: (value: number): string => `${count(value, "thinner line is", "thinner lines are")} not drawn.`,
  wanted: (value: number): string => `For ${entities(value)} that were asked for there is no room.`,
  carried: (value: number): string => `These counts are of the ${entities(value)} that this file carries.`,
  hidden: (value: number): string => `${entities(value)} hidden by you.`,
  closed: (name: string): string => `${name} was closed to make room.`,
  untimed: (value: number): string => `${count(value, "link carries", "links carry")} no time and ${value === 1 ? "is" : "are"} hidden.`,
};

/** The table of what is shown. */
export const tables = {
  title: "What is shown, as tables",
  entities: "Entities",
  links: "Links",
  communities: "Communities",
  lines: "Lines between",
  name: "Name",
  note: "Note",
  group: "Group",
  state: "In the picture",
  open: "open",
  openInPart: (drawn: number): string => `open, strongest ${n(drawn)} drawn`,
  closed: "closed",
  members: "Members",
  passing: "Pass the filters",
  between: "Between",
  and: "and",
  border: "Across a border",
  some: "some of them",
  yes: "yes",
  rowsWritten: (written: number, total: number): string => `first ${n(written)} of ${n(total)} rows`,
  counted: (shown: number, total: number): string =>
    !total ? "Nothing of this kind is shown." : shown < total ? `The first ${n(shown)} of ${n(total)} rows` : count(total, "row", "rows"),
  more: (value: number): string => `Show ${n(value)} more`,
  csv: "CSV",
  csvHelp: "Save this table as CSV; what a spreadsheet would compute begins with an apostrophe",
  xlsx: "XLSX",
  xlsxHelp: "Save this table as a workbook",
  all: "All as XLSX",
  allHelp: "Save all tables as one workbook",
  saved: (rows: number): string => `${count(rows, "row", "rows")} saved.`,
  about: "About",
  cutCell: (length: number): string => `… (cut: ${n(length)} characters)`,
  nameNote: "Names are as the page shows them: masked where they must be, unseen characters written as ⟨U+202E⟩. Values are those of the evidence.",
  csvNote: "A cell that a spreadsheet would take for a formula has one apostrophe more at its beginning than the evidence",
};

/** What is said on everything that leaves the page. */
export const leaving = {
  case: "Case",
  digest: "SHA-256 of the graph",
  pageDigest: "Page digest (SHA-256)",
  digests: (graph: string, page: string | null): string => `graph ${graph}…${page ? ` · page ${page}…` : ""}`,
  evidenceRange: "Range of the evidence",
  shown: "Shown",
  cut: "Not shown",
  filters: "Filters",
  made: "Made",
  nothing: "none",
  byThisClock: (time: string): string => `${time}, by the clock of the computer it was made on`,
  carried: (entities: number, allEntities: number, links: number, allLinks: number): string =>
    `This page carries ${n(entities)} of ${n(allEntities)} entities and ${n(links)} of ${n(allLinks)} links of the graph.`,
  legend: "Legend",
  notes: "Notes of the investigator",
  unnamed: (value: number): string => `For the names of ${entities(value)} there is no room on the chart; the tables have them.`,
  notDrawn: "not drawn",
  notesFollow: "Notes of the investigator: on the next page.",
  rowsCut: (shown: number, total: number): string => `The first ${n(shown)} of ${n(total)} rows are printed; the page's XLSX has all.`,
  ring: "Community: number, members; ring by kinds",
  numberedRing: "Community: number, members; digits on its ring are kinds",
  openCommunity: "Community that is open",
  group: "Group made by the investigator, with its members",
  bundle: "Several links, their number beside it",
  crossingBundle: "Several links, some across a border",
  crossing: "Link across a border",
  crosses: "Community with links across a border",
  pinned: "Put where it is by the investigator",
  noted: "With a note of the investigator",
  faded: "No link passes the filters",
  path: "On the path that was asked for",
};

/** Filters as they are set. */
export const filtered = {
  without: (name: string, values: readonly string[]): string => `${name} without ${values.join(", ")}.`,
  noGrade: "none stated",
  only: (name: string): string => `Only ${name}.`,
  links: (fewest: number | null, most: number | null): string =>
    `Entities with ${[fewest === null ? "" : `at least ${n(fewest)}`, most === null ? "" : `at most ${n(most)}`].filter(Boolean).join(" and ")} links in the whole graph.`,
  time: (from: string | null, to: string | null, untimed: boolean): string =>
    `Links seen${from ? ` from ${from}` : ""}${to ? ` to ${to}` : ""}${untimed ? ", and those without a time" : ""}.`,
};

/** Ranges of time and their playing, and the timeline. */
export const time = {
  words: {
    player: "Play time",
    play: "Play",
    pause: "Pause",
    back: "One step back",
    forward: "One step forward",
    all: "All times",
    width: "Window",
    widths: { tenth: "10 % of all", day: "one day", week: "one week", month: "one month", range: "as the range is now" },
    speed: (value: number): string => (value === 1 ? "1 step a second" : value < 1 ? `1 step in ${n(1 / value)} seconds` : `${n(value)} steps a second`),
    speedName: "Speed",
    cumulative: "Grow from the start instead of moving",
    lessMotion: "Your system asks for less motion: go on step by step.",
    atEnd: (range: string): string => `At the end: ${range}`,
    paused: (range: string): string => `Paused: ${range}`,
    noneAfter: "There are no later times.",
    noneBefore: "There are no earlier times.",
    steps: (value: number): string => count(value, "step from start to end", "steps from start to end"),
    zone: "Second time zone",
    utc: "UTC",
    nothing: "Select an entity or a link: when it was seen appears here.",
    cannot: "Only an entity or a link has a timeline: select one.",
    reading: "Reading the observations …",
    failed: (why: string): string => `The observations could not be read: ${why}`,
    frame: "Observations on an axis of time",
    frameHelp: "+ and − zoom, ← and → move, 0 shows all; the wheel zooms with Ctrl, or after a click here. A dot is a moment, a bar an interval; shaded is the range of the time filter.",
    noAxis: "There is no axis for that zone: the rows state different offsets or none, or this browser does not know the zone.",
    zoomIn: "Zoom in on time",
    zoomOut: "Zoom out on time",
    earlier: "Earlier",
    later: "Later",
    whole: "Whole time",
    filter: "Filter to this",
    filterHelp: "Show only links seen in the time that is drawn here",
    rows: "Rows of evidence",
    timeUtc: "Time (UTC)",
    kind: "Kind",
    other: "Other end",
    source: "Source and row",
    noZone: "no zone stated",
    zoneUnknown: "zone not known to this browser",
    hours: "Hours and weekdays",
    hoursHelp: "Counts of rows by when they begin. Hours of rest may suggest a home time zone; they prove none: shifts, software and shared accounts leave the same pattern.",
    weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
  },
  range: ({ from, to }: { readonly from: number | null; readonly to: number | null }, [start, end]: readonly [number, number]): string =>
    from === null && to === null ? `All times: ${timeText(start)} – ${timeText(end)}` : `${from === null ? "From the start" : timeText(from)} – ${to === null ? "the end" : timeText(to)}`,
  counted: (whole: boolean, carried: number, total: number): string =>
    whole ? "All links of the graph." : carried < total ? `Links that pass the other filters, of the ${n(carried)} of ${n(total)} that are here: counted when first and last seen.` : "Links that pass the other filters: counted when first and last seen.",
  histogram: (spans: number, width: number, most: number, from: number): string =>
    `Links seen over time in ${count(spans, "span", "spans")} of ${duration(width)}. Most: ${n(most)}, from ${timeText(from)}.`,
  zone: (name: string, home: string): string => ({ home: `Home zone of the case: ${home}`, utc: "UTC only", stated: "As each source states it" })[name] ?? name,
  observed: (timed: number, total: number, untimed: number, remote: boolean): string => {
    const carried = timed + untimed;
    if (!remote && carried < total) return `${n(carried)} of ${n(total)} rows are in this file; 'linkgraph show' lists all.${untimed ? ` ${n(untimed)} of them carry no time.` : ""}`;
    return `${count(total, "row of evidence", "rows of evidence")}${untimed ? `, ${n(untimed)} of them without a time: not drawn` : ""}.`;
  },
  timeline: (value: number, [from, to]: readonly [number, number]): string => `${count(value, "row", "rows")} from ${timeText(from)} to ${timeText(to)}.`,
  tellCount: (value: number, from: number, to: number): string => `${count(value, "row", "rows")}, ${timeText(from)} – ${timeText(to)}`,
  listed: (listed: number, inView: number, all: number): string =>
    `${listed < inView ? `The first ${n(listed)} of ` : ""}${count(inView, "row", "rows")}${inView < all ? ` in the time that is drawn, of ${n(all)}` : ""}.`,
  more: (value: number): string => `Show ${n(value)} more`,
  localHead: (zone: Zone, home: string): string => (zone.kind === "named" ? `Time (${home})` : "Time as the source states it"),
  inOffset: (zone: Zone, offset: string): string => (zone.kind === "stated" ? `${offset} (stated)` : offset),
  stated: (offset: string): string => `${offset}, stated`,
  hoursOf: (zone: Zone, home: string): string => `Clocks of: ${zone.kind === "utc" ? "UTC" : zone.kind === "named" ? home : "the zone that each source states"}`,
  hoursLeft: (value: number): string => `${count(value, "row is", "rows are")} not counted: no zone is known for ${value === 1 ? "it" : "them"}.`,
  direction: (kind: string, outgoing: boolean): string => (outgoing ? `${linkKind(kind)} →` : ({ CONTACTED: "← Contacted by", PAID: "← Paid by" }[kind] ?? `← ${linkKind(kind)}`)),
};

function duration(seconds: number): string {
  for (const [size, one, many] of [[86_400, "day", "days"], [3600, "hour", "hours"], [60, "minute", "minutes"]] as const) {
    if (seconds >= size) return count(Math.round((10 * seconds) / size) / 10, one, many);
  }
  return count(seconds, "second", "seconds");
}

/** The map of countries. */
export const maps = {
  title: "Map of countries",
  help: "Arrow keys go from country to country, Enter shows only that one, Ctrl and Enter adds it; + and - zoom, 0 shows the countries of the case. The tables beside the map say and do the same.",
  meaning:
    "A country here is the one that an identifier is registered to, that is part of it (a number, an IBAN), that is stated of it in the evidence, or that most addresses an account used are registered to. It does not say where anybody or anything is or was.",
  shapes: "Outlines are those of Natural Earth, simplified; they take no side on any border.",
  fit: "Countries of the case",
  fitHelp: "Show the part of the world whose countries have entities",
  world: "Whole world",
  worldHelp: "Show the whole map",
  showAll: "Show all countries",
  onlyThese: (names: readonly string[]): string => `Only ${names.join(", ")}.`,
  onlyPair: (a: string, b: string): string => `Only links between ${a} and ${b}.`,
  most: (names: readonly string[], more: number): string => `Only ${names.join(", ")} and ${n(more)} more.`,
  allCountries: "All countries are shown.",
  ofAll: "Counted: the whole case.",
  ofAllFiltered: "Counted: what passes the other filters.",
  carried: (value: number): string => `Counted: of the ${entities(value)} that are here, what passes the other filters. The case has more.`,
  offKeep: "Countries that are off keep their numbers.",
  country: "Country",
  entities: "Entities",
  crossing: "Links across a border",
  pair: "Between",
  links: "Links",
  countriesTable: "Entities by country",
  pairsTable: "Links across a border, by pair of countries",
  noCrossing: "No link across a border: none whose two ends have countries that are known, and different.",
  noCountries: "No entity here has a country that is known.",
  off: "off",
  countryLabel: (name: string, size: number, crossing: number, off: boolean): string =>
    `${name}: ${entities(size)}, ${links(crossing)} across a border${off ? ", switched off" : ""}`,
  flowLabel: (a: string, b: string, value: number): string => `${a} – ${b}: ${links(value)}`,
  between: (a: string, b: string): string => `${a} – ${b}`,
  legend: "Shading: entities of a country",
  shade: (from: number, to: number | null): string =>
    to === null ? `${n(from)} or more` : from === to ? n(from) : `${n(from)}–${n(to)}`,
  dot: "too small to shade: larger dot, more entities",
  flow: "links between two countries, with their number",
  outside: "Not on the map",
  flowsCut: (drawn: number, total: number): string => `The ${n(drawn)} pairs with the most links are drawn, ${n(total - drawn)} are not.`,
  pairsCut: (listed: number, total: number): string => `The first ${n(listed)} of ${n(total)} pairs are listed.`,
  labelsCut: (value: number): string => `For ${count(value, "number", "numbers")} there is no room on the map; the tables have all.`,
  linksBetween: (a: string, b: string): string => `Links between ${a} and ${b}`,
  linksListed: (listed: number, total: number): string => (listed < total ? `The ${n(listed)} of ${links(total)} that were seen most often.` : links(total)),
};
