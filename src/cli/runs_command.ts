import { counted, Store } from "../core/mod.ts";
import { listRuns, readEvents, type RunRecord } from "../records/mod.ts";
import { stepsOf } from "../records/steps.ts";
import { print } from "./output.ts";
import { type Counts, countSteps, durationOf, formatMoment } from "./record_text.ts";
import { formatTable } from "./table.ts";

/** Runs that are listed unless it is said how many. */
const LISTED = 20;

/** Lists the runs of a store, the latest first. */
export function runs(
  options: { readonly store: string; readonly json?: true; readonly count?: number },
): number {
  const store = new Store(options.store), all = listRuns(store);
  if (options.json === true) {
    for (const record of all.slice(0, options.count)) {
      print(JSON.stringify({ ...record, ...countsOf(store, record) }));
    }
    return 0;
  }
  if (all.length === 0) {
    print(`${options.store}: no runs`);
    return 0;
  }
  const shown = all.slice(0, options.count ?? LISTED), now = Date.now();
  const rows = shown.map((record) => rowOf(record, countsOf(store, record), now));
  print(formatTable(HEADS, rows).join("\n"));
  if (shown.length < all.length) {
    print(`${counted(all.length - shown.length, "earlier one")}: -n ${all.length} lists all`);
  }
  return 0;
}

const HEADS = [
  ...[
    "run",
    "name",
    "sweep",
    "pipeline",
    "status",
    "started",
    "took",
    "ran",
    "cached",
    "steps",
    "device",
  ],
];

function rowOf(record: RunRecord, { ran, cached }: Counts, now: number): string[] {
  const { id, name = "", sweep, pipeline, status, started, steps, device } = record;
  const counts = [ran, cached, steps].map((count) => String(count));
  const took = durationOf(record, now);
  return [
    id,
    name,
    sweep?.name ?? sweep?.id ?? "",
    pipeline,
    status,
    formatMoment(started),
    took,
    ...counts,
    device,
  ];
}

/** A run writes its counts when it ends; before, and where it was killed, its events have them. */
function countsOf(store: Store, record: RunRecord): Counts {
  if (record.finished !== undefined) return record;
  const isEnd = (line: string) => /"kind":"step-(finished|failed)"/.test(line);
  return countSteps(stepsOf(readEvents(store, record.id, isEnd), false));
}
