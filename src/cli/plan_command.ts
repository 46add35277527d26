import {
  describeDifference,
  describeUntil,
  type Forecast,
  forecast,
  type KeyParts,
  type Lookup,
  type Prospect,
  Store,
} from "../core/mod.ts";
import { formatBytes, formatColumns, formatSeconds } from "./format.ts";
import { Durations, lastKeys } from "./history.ts";
import { print } from "./output.ts";
import { openPipeline, type Project, type ProjectOptions, trustOf } from "./project.ts";

/** Tells what a run would do, step by step, and how long it may take. */
export async function plan(
  file: string,
  overrides: readonly string[],
  options: ProjectOptions & { readonly json?: true },
): Promise<number> {
  const all = [...overrides, ...options.set];
  const project = await openPipeline(file, all, trustOf(options)),
    { plan: planned, code } = project;
  const store = new Store(options.store);
  const forecasts = forecast(planned, store, await code());
  const last = lastParts(store, planned.name);
  const memory = await memoryToCome(project, store, forecasts);
  const steps = planned.steps.map((step) => {
    const { id, stage } = step;
    const { lookup, parts } = forecasts.get(id)!;
    return {
      step: id,
      stage: stage.name,
      state: lookup.kind === "damaged" ? "miss" : lookup.kind,
      why: whyOf(lookup, parts, last(id)),
      bytes: lookup.kind === "hit" ? sizeOf(store, lookup) : 0,
      memory: memory.get(id),
    };
  });
  if (options.json === true) {
    for (const step of steps) print(JSON.stringify(step));
    return 0;
  }
  const toRun = steps.filter(({ state }) => state === "miss" || state === "unknown");
  const skipped = steps.filter(({ state }) => state === "skipped").length;
  const rows = steps.map(({ step, stage, state, why, bytes, memory }) => [
    state,
    step,
    stage,
    bytes > 0 ? formatBytes(bytes) : memory === undefined ? "" : `RAM ${formatBytes(memory)}`,
    why,
  ]);
  print(formatColumns(rows).join("\n"));
  const seconds = Durations.of(store).estimate(toRun.map(({ stage }) => stage));
  const time = seconds === undefined ? "of unknown duration" : `about ${formatSeconds(seconds)}`;
  const stored = steps.reduce((sum, { bytes }) => sum + bytes, 0);
  print(
    `\n${steps.length} steps: ${steps.length - toRun.length - skipped} stored ` +
      `(${formatBytes(stored)}), ${skipped > 0 ? `${skipped} not reached, ` : ""}` +
      `${toRun.length} to run, ${time}`,
  );
  const peak = steps.reduce((most, { memory }) => Math.max(most, memory ?? 0), 0);
  if (peak > 0) {
    print(`estimated peak memory ${formatBytes(peak)}`);
  }
  return 0;
}

/** Estimated peaks by step. Where all is stored nothing is estimated, and no engine loaded. */
async function memoryToCome(
  project: Project,
  store: Store,
  forecasts: ReturnType<typeof forecast>,
): Promise<ReadonlyMap<string, number>> {
  const isIdle = ({ lookup: { kind } }: Prospect) => kind === "hit" || kind === "skipped";
  if ([...forecasts.values()].every(isIdle)) return new Map();
  const { footprintsOf } = await import("./footprints.ts");
  return await footprintsOf(project, store, forecasts);
}

/** Tells the key's parts under which a step of a pipeline last had a result. */
export function lastParts(store: Store, pipeline: string): (step: string) => KeyParts | undefined {
  const keys = lastKeys(store, pipeline);
  return (step) => {
    const key = keys.get(step);
    return key === undefined ? undefined : store.readAction(key)?.parts;
  };
}

function whyOf(lookup: Forecast, parts: KeyParts | undefined, last: KeyParts | undefined): string {
  switch (lookup.kind) {
    case "hit":
      return "";
    case "unknown":
      return "depends on a step that has to run first";
    case "skipped":
      return `${lookup.loop.id} ends before: ${describeUntil(lookup.loop.until)}`;
    case "damaged":
      return `${lookup.damage.what}: ${lookup.damage.problem}`;
    case "miss": {
      if (last === undefined) return "never ran";
      const [first, ...more] = describeDifference(last, parts!);
      if (first === undefined) return "its result is gone";
      return more.length === 0 ? first : `${first} (and ${more.length} more; see explain)`;
    }
    default:
      return lookup satisfies never;
  }
}

function sizeOf(store: Store, lookup: Extract<Lookup, { kind: "hit" }>): number {
  const digests = Object.values(lookup.action.outputs).flat();
  return digests.reduce((sum, digest) => sum + store.sizeOf(digest), 0);
}
