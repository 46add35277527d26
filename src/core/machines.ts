/** Results that were made on other machines than this. @module */
import type { Action, Machine } from "./action.ts";
import type { RunOptions } from "./run_options.ts";

/** Whether a result that is there is not taken, since it was made elsewhere. */
export function isRefused<S>(action: Action, { machine, sameMachine }: RunOptions<S>): boolean {
  return sameMachine === true && machine !== undefined && isOther(action.machine, machine());
}

/** Whether a result was made on another machine, by what is known of this one. */
export function isOther(made: Machine, here: Machine): boolean {
  return Object.entries(here).some(([name, value]) => made[name] !== value);
}

/** One event for all results that were made on other machines than this. */
export function tellOtherMachines<S>(
  { machine, listen }: RunOptions<S>,
  actions: ReadonlyMap<string, Action>,
): void {
  if (machine === undefined) return;
  const here = machine();
  const others = [...actions.values()].map((action) => action.machine)
    .filter((made) => isOther(made, here));
  if (others.length === 0) return;
  const machines = [...new Map(others.map((made) => [JSON.stringify(made), made])).values()];
  listen({ kind: "other-machines", results: others.length, machines, here });
}
