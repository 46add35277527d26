/** What steps take that run side by side: how many there may be, their memory, and how long all take. @module */
import {
  demandOn,
  Dependencies,
  type DiagnosticError,
  type PlannedStep,
  type Resources,
  shortOf,
  tooMuch,
} from "../core/mod.ts";
import type { ExecutorName } from "./executors.ts";
import { formatBytes } from "./format.ts";

/** A step that is to be run, and the memory that it needs, where that is known. */
export interface Ahead {
  readonly step: PlannedStep<never>;
  readonly memory?: number;
}

/** Where steps would run. */
export interface Place {
  readonly executor: ExecutorName;
  /** What there is for them. */
  readonly capacity: Resources;
  /** How many run at a time at most, as far as the user said. */
  readonly jobs: number | undefined;
}

/** How many steps run at a time, where all take what they take the least of. */
export function jobsOf(ahead: readonly Ahead[], place: Place): number {
  const least = new Map<string, number>();
  const taken = ahead.map(({ step }) => takesOf(step, place));
  for (const name of new Set(taken.flatMap(Object.keys))) {
    least.set(name, Math.min(...new Set(taken.map((takes) => takes[name] ?? 0))));
  }
  return Math.max(1, Math.min(jobsAt(place), ...roomFor(Object.fromEntries(least), place)));
}

/** How many steps run at a time there, if there is room for them. */
function jobsAt({ executor, capacity, jobs = Infinity }: Place): number {
  if (executor === "inline") return 1;
  return Math.min(jobs, Math.max(1, Math.floor(capacity.cpu ?? 1)));
}

/** What a step takes there; a step that takes no processor runs in the program's own process. */
function takesOf({ resources }: PlannedStep<never>, { capacity }: Place): Resources {
  return resources.cpu === 0 ? {} : demandOn(capacity, resources);
}

/** The mistake of a step that takes more than there is; undefined where none does. */
export function impossible(ahead: readonly Ahead[], place: Place): DiagnosticError | undefined {
  for (const { step } of ahead) {
    const takes = takesOf(step, place), short = shortOf(takes, place.capacity);
    if (short !== undefined) return tooMuch(short, takes, place.capacity, step.location, step.id);
  }
  return undefined;
}

/** How many steps of a kind run at a time: as many as there are, as there is room for, and as are allowed. */
function atOnce(steps: readonly Ahead[], place: Place): number {
  const room = roomFor(takesOf(steps[0]!.step, place), place);
  return Math.max(1, Math.min(steps.length, jobsAt(place), ...room));
}

/** How many times there is what is taken, for each that is. */
function roomFor(takes: Resources, { capacity }: Place): number[] {
  return Object.entries(takes).flatMap(([name, amount]) =>
    amount > 0 ? [Math.floor((capacity[name] ?? 0) / amount)] : []
  );
}

/** The steps that need most memory side by side; undefined where nothing is known of any. */
export interface Peak {
  /** One of them. */
  readonly step: string;
  readonly bytes: number;
  readonly count: number;
}

/** Most memory that steps need: each has models of its own. */
export function peakOf(ahead: readonly Ahead[], place: Place): Peak | undefined {
  const known = ahead.filter(({ memory = 0 }) => memory > 0);
  // Steps that take the same may run side by side, whatever their memory: the largest counts for all.
  const kinds = Map.groupBy(known, ({ step }) => JSON.stringify(takesOf(step, place)));
  let peak: Peak | undefined;
  for (const steps of kinds.values()) {
    const largest = steps.reduce((most, one) => one.memory! > most.memory! ? one : most);
    const bytes = largest.memory!, count = atOnce(steps, place);
    if (peak === undefined || bytes * count > peak.bytes * peak.count) {
      peak = { step: largest.step.id, bytes, count };
    }
  }
  return peak;
}

/** That steps do not fit side by side; undefined where they do. @param limit in bytes */
export function crowded(peak: Peak, limit: number): string | undefined {
  const { step, bytes, count } = peak;
  if (count === 1 || bytes * count <= limit || bytes > limit) return undefined;
  const fits = Math.max(1, Math.floor(limit / bytes));
  const instead = fits === 1 ? "--jobs 1, or --on inline" : `--jobs ${fits}`;
  return `warning: ${count} steps at a time such as ${step} may take ` +
    `${formatBytes(bytes * count)}, and there are ${formatBytes(limit)}; write ${instead}, or ` +
    `say what each takes (resources: { memory: ${sizeOf(bytes)} })`;
}

/** A size as it is written in a pipeline, not less than so many bytes. */
function sizeOf(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)}MiB` : `${Math.ceil(bytes / 2 ** 30)}GiB`;
}

/**
 * Seconds until all steps are done, each begun as soon as what it needs is there and there is room.
 *
 * @param secondsOf what a step takes; nothing where it does not run
 */
export function secondsUntilDone(
  steps: readonly PlannedStep<never>[],
  secondsOf: (step: PlannedStep<never>) => number,
  jobs: number,
): number {
  const dependencies = new Dependencies(steps), running: { place: number; end: number }[] = [];
  const waiting: number[] = [];
  let ready = dependencies.first, begun = 0, now = 0;
  for (;;) {
    while (ready.length > 0) {
      const idle: number[] = [];
      for (const place of ready) (secondsOf(steps[place]!) > 0 ? waiting : idle).push(place);
      ready = idle.flatMap((place) => dependencies.settle(place).ready);
    }
    while (running.length < jobs && begun < waiting.length) {
      const place = waiting[begun++]!;
      running.push({ place, end: now + secondsOf(steps[place]!) });
    }
    if (running.length === 0) return now;
    const first = running.reduce((least, one) => one.end < least.end ? one : least);
    running.splice(running.indexOf(first), 1);
    now = first.end;
    ready = dependencies.settle(first.place).ready;
  }
}
