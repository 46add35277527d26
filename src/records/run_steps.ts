import type { Store } from "../core/mod.ts";
import { readPlanned } from "./planned_record.ts";
import type { RunRecord } from "./run_record.ts";
import { readEvents } from "./runs.ts";
import { type RunStep, stepsOf } from "./steps.ts";

/**
 * The steps of a run, as far as it came, in the order in which it was to go through them: steps that run side by side are told
 * in another each time. Those that its plan does not know follow.
 *
 * @param isTold whether a line of its events has to be read
 */
export function stepsOfRun(
  store: Store,
  { id, status }: Pick<RunRecord, "id" | "status">,
  isTold?: (line: string) => boolean,
): RunStep[] {
  const steps = stepsOf(readEvents(store, id, isTold), status === "running");
  const places = new Map(readPlanned(store, id).map(({ step }, place) => [step, place]));
  const placeOf = ({ step }: RunStep) => places.get(step) ?? places.size;
  return steps.toSorted((one, other) => placeOf(one) - placeOf(other));
}
