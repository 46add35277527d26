import { totalmem } from "node:os";
import {
  counted,
  describeDifference,
  describeUntil,
  type Diagnostic,
  type Forecast,
  formatDiagnostic,
  type KeyParts,
  type Lookup,
  type Plan,
  type Prospect,
  Store,
  type Wanted,
} from "../core/mod.ts";
import { type CostedStep, costTable, timeAt, tooLarge } from "./costs.ts";
import type { Estimate } from "./estimates.ts";
import type { Executing } from "./executing.ts";
import { capacityHere, executorOf } from "./executors.ts";
import { formatBytes, formatColumns, formatSeconds } from "./format.ts";
import {
  crowded,
  impossible,
  jobsOf,
  peakOf,
  type Place,
  secondsUntilDone,
} from "./side_by_side.ts";
import { Durations, lastKeys } from "../records/mod.ts";
import { complain, print } from "./output.ts";
import type { DeviceName } from "../runtime/mod.ts";
import type { Services } from "../stage/define_stage.ts";
import { outlookOf } from "./selection.ts";
import { openPipeline, type Project, type ProjectOptions, trustOf } from "./project.ts";

/** Tells what a run would do, step by step, and how long it may take. */
export async function plan(
  file: string,
  overrides: readonly string[],
  options: ProjectOptions & Wanted & Executing & {
    readonly json?: true;
    readonly memory?: number;
    readonly tflops?: number;
  },
): Promise<number> {
  const all = [...overrides, ...options.set];
  const warn = (absent: Diagnostic) => complain(formatDiagnostic(absent, "warning"));
  const opened = await openPipeline(file, all, trustOf(options), warn);
  await opened.check();
  const store = new Store(options.store);
  const { selection: { plan: planned, left }, forecasts } = outlookOf(
    opened.plan,
    store,
    await opened.code(),
    options,
  );
  const project = { ...opened, plan: planned };
  const last = lastParts(store, planned.name);
  const estimates = await estimatesToCome(project, store, forecasts);
  const steps = planned.steps.map((step) => {
    const { id, stage } = step;
    const { lookup, parts, given } = forecasts.get(id)!;
    return {
      step: id,
      stage: stage.name,
      state: lookup.kind === "damaged" ? "miss" as const : lookup.kind,
      why: [
        whyOf(lookup, parts, last(id)),
        given === undefined ? "" : `if ${given} comes out as before`,
      ]
        .filter((why) => why !== "").join(", "),
      ...given === undefined ? {} : { given },
      bytes: lookup.kind === "hit" ? sizeOf(store, lookup) : 0,
      ...estimates.get(id),
    };
  });
  const limit = options.memory ?? memoryHere(planned.device);
  const refusal = tooLarge(steps, limit);
  const memories = new Map(steps.map(({ step, memory }) => [step, memory]));
  const ids = new Set(steps.filter(isAhead).map(({ step }) => step));
  const ahead = planned.steps.flatMap((step) => {
    const memory = memories.get(step.id);
    return ids.has(step.id) ? [{ step, ...memory === undefined ? {} : { memory } }] : [];
  });
  const place = placeOf(planned, options), jobs = jobsOf(ahead, place), peak = peakOf(ahead, place);
  const mistake = impossible(ahead, place);
  if (mistake !== undefined) throw mistake;
  const crowd = peak && limit !== undefined ? crowded(peak, limit) : undefined;
  if (crowd !== undefined) complain(crowd);
  if (options.json === true) {
    for (const step of steps) print(JSON.stringify(step));
    if (refusal !== undefined) complain(refusal);
    return refusal === undefined ? 0 : 2;
  }
  const toRun = steps.filter(isAhead);
  const skipped = steps.filter(({ state }) => state === "skipped").length;
  const rows = steps.map(({ step, stage, state, why, bytes, memory }) => [
    state,
    step,
    stage,
    bytes > 0 ? formatBytes(bytes) : memory === undefined ? "" : `RAM ${formatBytes(memory)}`,
    why,
  ]);
  print(formatColumns(rows).join("\n"));
  const durations = Durations.of(store);
  const seconds = durations.estimate(toRun.map(({ stage }) => stage)) === undefined
    ? undefined
    : secondsUntilDone(
      planned.steps,
      ({ id, stage }) => ids.has(id) ? durations.estimate([stage.name])! : 0,
      jobs,
    );
  const time = seconds === undefined ? "of unknown duration" : `about ${formatSeconds(seconds)}`;
  const stored = steps.reduce((sum, { bytes }) => sum + bytes, 0);
  const { name, summary } = planned;
  print(`\n${name}${summary === undefined ? "" : `: ${summary}`}`);
  print(
    `${counted(steps.length, "step")}: ${steps.length - toRun.length - skipped} stored ` +
      `(${formatBytes(stored)}), ${skipped > 0 ? `${skipped} not reached, ` : ""}` +
      `${toRun.length} to run, ${time}${left > 0 ? `; ${left} left out` : ""}`,
  );
  if (toRun.length > 0) {
    const many = jobs === 1 ? "one step after the other" : `up to ${jobs} steps at a time`;
    print(`runs ${place.executor === "inline" ? "inline" : `on ${place.executor}`}: ${many}`);
  }
  const largest = steps.reduce((most, { memory }) => Math.max(most, memory ?? 0), 0);
  if (largest > 0) print(`estimated peak memory ${formatBytes(largest)}`);
  if (peak !== undefined && peak.count > 1) {
    print(`${peak.count} steps at a time: up to ${formatBytes(peak.bytes * peak.count)}`);
  }
  const costed = steps.flatMap(({ work, ...step }) =>
    work === undefined ? [] : [{ ...step, work }]
  );
  const toCompute = costed.filter(isAhead);
  const cost = costTable(toCompute);
  if (cost.length > 0) {
    print(
      `\n${cost.join("\n")}\n\n${timeAt(toCompute, options.tflops, pastOf(costed, forecasts))}`,
    );
  }
  if (refusal === undefined) return 0;
  complain(refusal);
  return 2;
}

/** Where steps would run; on `auto`, what there is besides processors is not known yet. */
function placeOf(
  { device, executor }: Pick<Plan<Services>, "device" | "executor">,
  { on, jobs, resources = {} }: Executing,
): Place {
  const known = device === "auto" ? "cpu" : device as DeviceName;
  return { executor: executorOf({ executor }, on), capacity: capacityHere(known, resources), jobs };
}

/** Whether a step would run, as far as it is known. */
function isAhead({ state }: { readonly state: Forecast["kind"] }): boolean {
  return state === "miss" || state === "unknown" || state === "forced";
}

/** Where all is stored nothing is estimated, and no engine loaded. */
async function estimatesToCome(
  project: Project,
  store: Store,
  forecasts: ReadonlyMap<string, Prospect>,
): Promise<ReadonlyMap<string, Estimate>> {
  const isIdle = ({ lookup: { kind } }: Prospect) => kind === "hit" || kind === "skipped";
  if ([...forecasts.values()].every(isIdle)) return new Map();
  const { estimatesOf } = await import("./estimates.ts");
  return await estimatesOf(project, store, forecasts);
}

/** Tells the key's parts under which a step of a pipeline last had a result. */
export function lastParts(store: Store, pipeline: string): (step: string) => KeyParts | undefined {
  const keys = lastKeys(store, pipeline);
  return (step) => {
    const key = keys.get(step);
    return key === undefined ? undefined : store.readAction(key)?.parts;
  };
}

/** Memory that a step may take, where it is known: that of this machine, if it runs there. */
function memoryHere(device: string): number | undefined {
  return device === "cpu" ? totalmem() : undefined;
}

/** What stored steps have computed, and how long that took. */
function pastOf(
  steps: readonly CostedStep[],
  forecasts: ReadonlyMap<string, Prospect>,
): { readonly flops: number; readonly seconds: number } {
  let flops = 0, seconds = 0;
  for (const { step, work } of steps) {
    const lookup = forecasts.get(step)?.lookup;
    if (lookup?.kind !== "hit" || work.flops === 0) continue;
    flops += work.flops;
    seconds += lookup.action.seconds;
  }
  return { flops, seconds };
}

/** Why a step of a loop is not reached. */
export function endsBefore({ loop }: Extract<Forecast, { kind: "skipped" }>): string {
  return `${loop.id} ends before: ${describeUntil(loop.until)}`;
}

function whyOf(lookup: Forecast, parts: KeyParts | undefined, last: KeyParts | undefined): string {
  switch (lookup.kind) {
    case "hit":
      return "";
    case "unknown":
      return lookup.absent === undefined
        ? "depends on a step that has to run first"
        : `${lookup.absent} is not there`;
    case "forced":
      return "made again, as it was told to be";
    case "skipped":
      return endsBefore(lookup);
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
