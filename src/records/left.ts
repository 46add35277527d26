/** How long what runs will take. @module */
import type { Store } from "../core/mod.ts";
import { Concurrency, secondsSideBySide } from "./concurrency.ts";
import { Durations } from "./history.ts";
import type { RunRecord } from "./run_record.ts";
import { listRuns, readEvents } from "./runs.ts";
import { type RunStep, stepsOf } from "./steps.ts";

/** Seconds that a step will still take, by how far it is; undefined where it does not tell. @param now milliseconds */
export function stepLeft({ started, progress }: RunStep, now: number): number | undefined {
  if (started === undefined || progress === undefined || progress.done <= 0) return undefined;
  const { done, total, time } = progress;
  const told = Date.parse(time), each = (told - Date.parse(started)) / done;
  return Math.max(0, (each * (total - done) - (now - told)) / 1000);
}

/**
 * Seconds that a run will still take: what an earlier run of the pipeline had to do besides, at the mean of each stage, as
 * many steps at a time as have run on average; undefined where none has come to its end, or a stage is not known.
 */
export function runLeft(
  store: Store,
  record: RunRecord,
  steps: readonly RunStep[],
  now: number,
): number | undefined {
  const earlier = listRuns(store).find(({ pipeline, status }) =>
    pipeline === record.pipeline && status === "done"
  );
  if (earlier === undefined) return undefined;
  const seen = new Set(steps.map(({ step }) => step));
  const finished = (line: string) => line.includes('"kind":"step-finished"');
  const ahead = stepsOf(readEvents(store, earlier.id, finished), false)
    .flatMap(({ step, stage }) => stage === undefined || seen.has(step) ? [] : [stage]);
  const durations = Durations.of(store), rest = durations.estimate(ahead);
  if (rest === undefined) return undefined;
  const running: number[] = [];
  for (const step of steps) {
    if (step.state !== "running") continue;
    const left = stepLeft(step, now) ?? wholeLeft(step, durations, now);
    if (left === undefined) return undefined;
    running.push(left);
  }
  return secondsSideBySide(running, rest, concurrencyOf(steps, now).mean(now));
}

/** Steps that ran, or do. */
const RUN: ReadonlySet<RunStep["state"]> = new Set(["running", "ran", "failed"]);

/** How many steps have run at a time. @param now milliseconds */
export function concurrencyOf(steps: readonly RunStep[], now: number): Concurrency {
  return Concurrency.of(steps.flatMap(({ state, started, finished }) => {
    if (started === undefined || !RUN.has(state)) return [];
    return [[Date.parse(started), finished === undefined ? now : Date.parse(finished)]];
  }));
}

/** Seconds that a step still takes that does not tell how far it is. */
function wholeLeft(
  { stage, started }: RunStep,
  durations: Durations,
  now: number,
): number | undefined {
  const whole = durations.estimate([stage!]);
  if (whole === undefined) return undefined;
  return Math.max(0, whole - (now - Date.parse(started!)) / 1000);
}
