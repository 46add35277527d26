/** What the server is asked, and where the page is. @module */
import type {
  ExplainView,
  LogView,
  PointsView,
  RowsView,
  RowView,
  RunsView,
  RunView,
} from "../views.ts";

import type { Comparison } from "../../records/compare.ts";

/** What to ask for, by name; what is empty is not asked. */
export type Query = Readonly<Record<string, string | number | undefined>>;

function withQuery(path: string, query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") params.set(name, String(value));
  }
  return params.size === 0 ? path : `${path}?${params}`;
}

function pathOf(...parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join("");
}

async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const response = await fetch(withQuery(path, query), signal === undefined ? {} : { signal });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error);
  return body;
}

/** The runs of the store. */
export const getRuns = (): Promise<RunsView> => get("/api/runs");
/** A run as it stands. */
export const getRun = (run: string): Promise<RunView> => get(`/api/runs${pathOf(run)}`);
/** Where a run is told live. */
export const liveOf = (run: string): string => `/api/runs${pathOf(run)}/live`;
/** Lines of its log. */
export const getLog = (run: string, query: Query): Promise<LogView> =>
  get(`/api/runs${pathOf(run)}/log`, query);
/** Why a step's key is what it is. */
export const getExplain = (run: string, step: string, other?: string): Promise<ExplainView> =>
  get(`/api/runs${pathOf(run)}/explain`, { step, with: other });
/** What differs between two runs. */
export const getDiff = (a: string, b: string): Promise<Comparison> => get("/api/diff", { a, b });
/** Rows of a table from one on. */
export const getPoints = (key: string, table: string, from: number): Promise<PointsView> =>
  get(`/api/tables${pathOf(key, table)}/points`, { from });
/** A page of rows that match. */
export const getRows = (
  key: string,
  table: string,
  query: Query,
  signal: AbortSignal,
): Promise<RowsView> => get(`/api/tables${pathOf(key, table)}/rows`, query, signal);
/** A row, whole. */
export const getRow = (
  key: string,
  table: string,
  row: number,
  signal: AbortSignal,
): Promise<RowView> => get(`/api/tables${pathOf(key, table)}/rows${pathOf(row)}`, {}, signal);

/** Where the page is: `#/RUN/TAB?…`. */
export interface Place {
  /** Empty where none is chosen. */
  readonly run: string;
  /** Empty for the first. */
  readonly tab: string;
  readonly query: URLSearchParams;
}

/** Where an address leads. */
export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  const [, run = "", tab = ""] = path.split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return ""; // no text
    }
  });
  return { run, tab, query: new URLSearchParams(query) };
}

/** The address of a place. */
export function addressOf(run: string, tab: string, query: Query = {}): string {
  return withQuery(`#${pathOf(run, tab)}`, query);
}

/** Milliseconds between changes of the address: browsers refuse what a key that is held down would make of it. */
const EVERY = 250;

let waiting: { readonly path: string; readonly query: Query } | undefined;
let timer: number | undefined;

/** Changes what the address says besides run and tab, without a new place in the history. */
export function keep(query: Query): void {
  const path = pathNow();
  waiting = { path, query: waiting?.path === path ? { ...waiting.query, ...query } : query };
  if (timer === undefined) write();
}

/** Writes what waits, unless the page has gone elsewhere. */
function write(): void {
  timer = undefined;
  if (waiting === undefined) return;
  const { path, query } = waiting, place = placeOf(location.hash);
  waiting = undefined;
  timer = self.setTimeout(write, EVERY);
  if (path !== pathNow()) return;
  const all = { ...Object.fromEntries(place.query), ...query };
  history.replaceState(null, "", addressOf(place.run, place.tab, all));
}

/** Run and tab. */
function pathNow(): string {
  return location.hash.split("?", 1)[0]!;
}
