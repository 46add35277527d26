/** What may be asked of the server, by path. @module */
import { join, resolve } from "node:path";
import type { JsonObject, Store } from "../core/mod.ts";
import { entryIfThere } from "../core/mod.ts";
import {
  DOCUMENT_FILE,
  EVENTS_FILE,
  listRuns,
  readEvents,
  readRecord,
  RECORD_FILE,
  type RunRecord,
} from "../records/mod.ts";
import { compareRuns, seeRun } from "../records/compare.ts";
import { explainStep } from "./explain_step.ts";
import { json, refuse, reply } from "./guard.ts";
import { isInside } from "./inside.ts";
import { liveEvents } from "./live.ts";
import { logLines } from "./log_lines.ts";
import { briefOf, matcherOf, verdictOf } from "./row_filter.ts";
import { RunFollower } from "./run_follower.ts";
import type { TableCache } from "./table_cache.ts";
import type { LogView, PointsView, RowFilter, RowsView, RowView, RunsView } from "./views.ts";

/** What routes answer from. */
export interface Source {
  readonly store: Store;
  readonly tables: TableCache;
  /** Aborted when the server ends. */
  readonly signal: AbortSignal;
}

/** Something that is asked for is not there, or is asked for in a way that says nothing. */
export class NotFound extends Error {}

type Names = Readonly<Record<string, string>>;
type Route = (source: Source, names: Names, query: URLSearchParams) => Promise<Response> | Response;

/** Rows of a page, and lines of a log, unless told. */
const PAGE = 50, LINES = 1000;
/** Most that may be asked for at a time. */
const MOST = 5000;

const ROUTES: Readonly<Record<string, Route>> = {
  "/api/runs": ({ store }) =>
    json({ store: resolve(store.directory), runs: listRuns(store) } satisfies RunsView),
  "/api/runs/:run": ({ store }, { run }) => {
    const follower = new RunFollower(store, runOf(store, run).id);
    follower.next();
    if (follower.view === undefined) throw new NotFound(`there is no run ${run}`);
    return json(follower.view);
  },
  "/api/runs/:run/live": ({ store, signal }, { run }) => {
    const follower = new RunFollower(store, runOf(store, run).id);
    return reply(liveEvents(follower, signal), "text/event-stream");
  },
  "/api/runs/:run/log": ({ store }, { run }, query) => {
    const { id } = runOf(store, run), step = query.get("step") ?? "";
    const text = (query.get("text") ?? "").toLowerCase();
    const all = logLines(readEvents(store, id));
    const lines = all.filter((line) =>
      (step === "" || line.step === step) &&
      `${line.step} ${line.text}`.toLowerCase().includes(text)
    );
    const [matched, total] = [lines.length, all.length];
    return json({ lines: lines.slice(-LINES), matched, total } satisfies LogView);
  },
  "/api/runs/:run/explain": ({ store }, { run }, query) => {
    const { id } = runOf(store, run), step = query.get("step") ?? "";
    const other = query.get("with");
    const before = other === null ? undefined : runOf(store, other).id;
    const view = explainStep(store, id, step, before);
    if (view === undefined) throw new NotFound(`${id} has no step ${step} with a key`);
    return json(view);
  },
  "/api/diff": ({ store }, _names, query) => {
    const [a, b] = ["a", "b"].map((name) => seeRun(store, runOf(store, query.get(name) ?? "")));
    return json(compareRuns(store, [a!], [b!]));
  },
  "/api/tables/:key/:table/points": async (source, names, query) => {
    const rows = await rowsOf(source, names);
    return json({ rows: rows.slice(placeOf(query, "from", 0)) } satisfies PointsView);
  },
  "/api/tables/:key/:table/rows": async (source, names, query) => {
    const rows = await rowsOf(source, names), filter = filterOf(query);
    const isWanted = matcherOf(filter);
    const found = rows.flatMap((row, i) => isWanted(row) ? [i] : []);
    const order = query.get("sort");
    if (order === "reward" || order === "-reward") {
      const sign = order === "reward" ? 1 : -1;
      // Without a reward, rows come last.
      const reward = (i: number) => {
        const value = rows[i]!["reward"];
        return typeof value === "number" ? sign * value : Infinity;
      };
      const by = (a: number, b: number) => reward(a) === reward(b) ? a - b : reward(a) - reward(b);
      found.sort(by);
    }
    const offset = placeOf(query, "offset", 0);
    const limit = Math.min(placeOf(query, "limit", PAGE), MOST);
    return json(
      {
        total: rows.length,
        matched: found.length,
        leftOut: source.store.tables.leftOut(names["key"]!)[names["table"]!] ?? 0,
        verdicts: countVerdicts(rows),
        rows: found.slice(offset, offset + limit).map((i) => briefOf(rows[i]!, i)),
      } satisfies RowsView,
    );
  },
  "/api/tables/:key/:table/rows/:row": async (source, names) => {
    const row = Number(names["row"]), value = (await rowsOf(source, names))[row];
    if (value === undefined) throw new NotFound(`the table has no row ${names["row"]}`);
    return json({ row, value } satisfies RowView);
  },
};

const TABLE = Object.entries(ROUTES).map(([pathname, route]) =>
  [new URLPattern({ pathname }), route] as const
);

/** Answers a request for data; undefined where the path is none of its. */
export async function answer(source: Source, url: URL): Promise<Response | undefined> {
  for (const [pattern, route] of TABLE) {
    const groups = pattern.exec({ pathname: url.pathname })?.pathname.groups;
    if (groups === undefined) continue;
    const names = Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, value ?? ""]),
    );
    try {
      return await route(source, names, url.searchParams);
    } catch (error) {
      if (error instanceof NotFound) return refuse(404, error.message);
      throw error;
    }
  }
  return undefined;
}

/** @throws {NotFound} */
function runOf(store: Store, id = ""): RunRecord {
  const files = [RECORD_FILE, EVENTS_FILE, DOCUMENT_FILE];
  const record = isInside(store, "runs", id) &&
      files.every((file) => isNoLink(store, "runs", id, file))
    ? readRecord(store, id)
    : undefined;
  if (record?.id === id) return record;
  throw new NotFound(`there is no run ${id}`);
}

/** Whether something is not there, or is where it seems to be. */
function isNoLink(store: Store, ...path: readonly string[]): boolean {
  return isInside(store, ...path) || entryIfThere(join(store.directory, ...path)) === undefined;
}

async function rowsOf({ store, tables }: Source, { key = "", table = "" }: Names) {
  if (!isInside(store, "tables", key, `${table}.jsonl.gz`)) {
    throw new NotFound(`there is no table ${table} of ${key}`);
  }
  return await tables.rows(key, table);
}

function filterOf(query: URLSearchParams): RowFilter {
  const filter: Record<string, string | number> = {};
  for (const name of ["min", "max", "from", "to"]) {
    const value = numberOf(query, name);
    if (value !== undefined) filter[name] = value;
  }
  for (const name of ["verdict", "text"]) {
    const value = query.get(name) ?? "";
    if (value !== "") filter[name] = value;
  }
  return filter;
}

/** @throws {NotFound} for what is no number */
function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? "";
  if (text.trim() === "") return undefined;
  if (Number.isFinite(Number(text))) return Number(text);
  throw new NotFound(`${name} is ${text}, which is no number`);
}

/** A whole number from 0 on. */
function placeOf(query: URLSearchParams, name: string, otherwise: number): number {
  return Math.max(0, Math.floor(numberOf(query, name) ?? otherwise));
}

function countVerdicts(rows: readonly JsonObject[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const verdict = verdictOf(row);
    if (verdict !== undefined) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}
