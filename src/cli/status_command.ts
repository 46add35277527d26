import { readSteps } from "../records/run_steps.ts";
import { counted, Store } from "../core/mod.ts";
import { runLeft, stepLeft } from "../records/left.ts";
import { findRun, listRuns, type RunRecord } from "../records/mod.ts";
import type { RunStep } from "../records/steps.ts";
import { formatNumber, formatSeconds } from "./format.ts";
import { print } from "./output.ts";
import { countSteps, durationOf, formatMoment } from "./record_text.ts";
import { safeText } from "./safe_text.ts";

/** Tells of the runs that run now; where none does, of the last. */
export function status(options: { readonly store: string; readonly json?: true }): number {
  const store = new Store(options.store), now = Date.now();
  const running = listRuns(store).filter((run) => run.status === "running");
  const told = (running.length > 0 ? running : [findRun(store)])
    .map((record) => standingOf(store, record, now));
  if (options.json === true) {
    for (const one of told) print(JSON.stringify(one));
    return 0;
  }
  if (running.length === 0) print("nothing runs; the last run:");
  print(told.map((one) => textOf(one, now).join("\n")).join("\n\n"));
  return 0;
}

/** How a run stands. */
interface Standing {
  readonly run: RunRecord;
  /** Steps that have a result. */
  readonly done: number;
  /** Seconds that it will still take, where that is known. */
  readonly left?: number;
  readonly steps: readonly (RunStep & { readonly left?: number })[];
}

function standingOf(store: Store, run: RunRecord, now: number): Standing {
  const lives = run.status === "running", steps = readSteps(store, run);
  const { ran, cached, failed } = countSteps(steps);
  const left = lives ? runLeft(store, run, steps, now) : undefined;
  const open = steps.filter(({ state }) => state !== "ran" && state !== "cached").map((step) => {
    const seconds = step.state === "running" ? stepLeft(step, now) : undefined;
    return seconds === undefined ? step : { ...step, left: seconds };
  });
  return {
    run: { ...run, ran, cached, failed },
    done: ran + cached,
    ...left === undefined ? {} : { left },
    steps: open,
  };
}

function textOf({ run, done, left, steps }: Standing, now: number): string[] {
  const name = run.name === undefined ? "" : ` (${run.name})`;
  const parts = [
    `${run.id}${name}: ${run.status}`,
    `${done}/${counted(run.steps, "step")}`,
    `since ${formatMoment(run.started)}`,
    durationOf(run, now),
    left === undefined ? "" : `${formatSeconds(left)} left`,
  ];
  return [
    parts.filter((part) => part !== "").join(" · "),
    ...steps.map((step) => `  ${safeText(stepText(step, now))}`),
  ];
}

function stepText(step: RunStep & { readonly left?: number }, now: number): string {
  const { progress, started, left, message, attempt, failures } = step;
  if (step.state === "failed") return `${step.step} failed: ${message}`;
  if (step.state === "blocked") return `${step.step} does not run: ${message}`;
  const seconds = started === undefined ? undefined : (now - Date.parse(started)) / 1000;
  const failed = failures?.at(-1);
  if (step.state === "waiting" && failed !== undefined) {
    return `${step.step} is tried again; attempt ${failed.attempt} failed: ${failed.message}`;
  }
  return [
    step.step,
    step.state === "running" ? "" : step.state,
    attempt === undefined ? "" : `attempt ${attempt}`,
    ...progress === undefined ? [] : [
      `${progress.done}/${progress.total}`,
      ...Object.entries(progress.numbers).map(([name, value]) => `${name} ${formatNumber(value)}`),
    ],
    step.state === "unfinished" || seconds === undefined ? "" : `for ${formatSeconds(seconds)}`,
    left === undefined ? "" : `${formatSeconds(left)} left`,
  ].filter((part) => part !== "").join(" · ");
}
