/** How long steps and runs still take, as far as that can be known. @module */
import { secondsSideBySide } from "../../records/concurrency.ts";
import type { Durations } from "../../records/mod.ts";
import type { RunningStep, RunState } from "./run_state.ts";

/** Seconds that a running step still takes, by how far it is; undefined before it told. */
export function secondsLeft(
  { started, first, last, total }: RunningStep,
  now: number,
): number | undefined {
  if (first === undefined || last === undefined || last.done <= 0 || total <= 0) return undefined;
  // What stood in a checkpoint was not done in this time: the pace is that since it told first, where it told twice.
  const [from, done] = last.done > first.done
    ? [first.time, last.done - first.done]
    : [started, last.done];
  const each = (last.time - from) / done;
  if (each <= 0 && last.done < total) return undefined; // it told as soon as it began
  return Math.max(0, (total - last.done) * each - (now - last.time)) / 1000;
}

/**
 * Seconds that a run still takes: what runs by how far it is, the rest by what its stages took before, as many at a time as
 * have run on average. Undefined where nothing is known of a stage.
 */
export function runSecondsLeft(
  state: RunState,
  durations: Durations,
  now: number,
): number | undefined {
  const running: number[] = [];
  for (const one of state.running) {
    const left = secondsLeft(one, now) ?? byStage(one, durations, now);
    if (left === undefined) return undefined;
    running.push(left);
  }
  const others = durations.estimate(state.waiting);
  if (others === undefined) return undefined;
  return secondsSideBySide(running, others, state.concurrency.mean(now));
}

function byStage(
  { stage, started }: RunningStep,
  durations: Durations,
  now: number,
): number | undefined {
  const whole = durations.estimate([stage]);
  return whole === undefined ? undefined : Math.max(0, whole - (now - started) / 1000);
}
