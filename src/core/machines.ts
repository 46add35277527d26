/** Results that were made on other machines than this. @module */
import type { Action, Machine } from "./action.ts";
import type { RunOptions } from "./run_options.ts";

/** Whether a result that is there is not taken, since it was made elsewhere. */
export function isRefused(
  action: Action,
  { machine, sameMachine }: Pick<RunOptions<unknown>, "machine" | "sameMachine">,
): boolean {
  return sameMachine === true && machine !== undefined && isOther(action.machine, machine());
}

/** Whether a result was made on another machine, by what is known of this one. Threads change no result (decision 13). */
export function isOther(made: Machine, here: Machine): boolean {
  return Object.entries(here).some(([name, value]) => name !== "threads" && made[name] !== value);
}

/** Results of a run that were made on other machines than this, told in one event. */
export class OtherMachines {
  readonly #options: Pick<RunOptions<unknown>, "machine" | "listen">;
  /** How many there are of each machine, by its JSON. */
  readonly #counts = new Map<string, number>();

  constructor(options: Pick<RunOptions<unknown>, "machine" | "listen">) {
    this.#options = options;
  }

  /** Takes a result. */
  add({ machine }: Action): void {
    const text = JSON.stringify(machine);
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1);
  }

  /** Tells of those that were made elsewhere, if there are any. */
  tell(): void {
    const here = this.#options.machine?.();
    if (here === undefined) return;
    const others = [...this.#counts].map(([text, count]) => ({
      machine: JSON.parse(text) as Machine,
      count,
    })).filter(({ machine }) => isOther(machine, here));
    if (others.length === 0) return;
    const results = others.reduce((sum, { count }) => sum + count, 0);
    const machines = others.map(({ machine }) => machine);
    this.#options.listen({ kind: "other-machines", results, machines, here });
  }
}
