import type { Store } from "../core/mod.ts";
import { readPlanned } from "./planned_record.ts";
import type { RunRecord } from "./run_record.ts";
import { readEvents } from "./runs.ts";
import { type RunStep, stepsOf } from "./steps.ts";

/**
 * The steps that a run has come to, in the order of its plan: they may have begun and ended in another one.
 *
 * @param withProgress whether it is asked how far they are
 */
export function readSteps(
  store: Store,
  { id, status }: Pick<RunRecord, "id" | "status">,
  withProgress: boolean = true,
): RunStep[] {
  const isTold = (line: string) => withProgress || !line.includes('"kind":"step-progress"');
  return inOrder(stepsOf(readEvents(store, id, isTold), status === "running"), placesIn(store, id));
}

/** Places of steps in the plan of a run; none where that was not kept. */
export function placesIn(store: Store, run: string): ReadonlyMap<string, number> {
  return new Map(readPlanned(store, run).map(({ step }, place) => [step, place]));
}

/** Steps by their places; those that have none stay as they are, at the end. */
export function inOrder(
  steps: readonly RunStep[],
  places: ReadonlyMap<string, number>,
): RunStep[] {
  const placeOf = ({ step }: RunStep) => places.get(step) ?? places.size;
  return steps.toSorted((a, b) => placeOf(a) - placeOf(b));
}
