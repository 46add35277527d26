import type { DiagnosticError } from "./diagnostic.ts";
import type { Executor, Executors } from "./executor.ts";
import type { PlannedStep } from "./planned.ts";
import { type Resources, shortOf, tooMuch } from "./resources.ts";
import { type Waiting, WaitingLine } from "./waiting.ts";

/** A step that waits for what it takes. */
interface Queued<S> extends Waiting {
  readonly step: PlannedStep<S>;
}

/** A step that has been let in, and what it was granted. */
export interface Admitted<S> {
  readonly step: PlannedStep<S>;
  readonly granted: Resources;
}

/** Where the steps of a run are made, what there is for them to take, and which of them wait for it. */
export class Room<S> {
  readonly #executors: Executors;
  readonly #capacity: Resources;
  readonly #line: WaitingLine<Queued<S>>;

  /** @param most steps at a time, whatever the executor has room for */
  constructor(executors: Executors, most: number = Infinity) {
    const { capacity, jobs } = executors.main;
    this.#executors = executors;
    this.#capacity = { ...capacity, jobs: Math.min(jobs, most), here: 1 };
    this.#line = new WaitingLine(this.#capacity);
  }

  /** Where a step is made. */
  executorFor(step: PlannedStep<S>): Executor {
    const { here, main } = this.#executors;
    return runsHere(step) ? here : main;
  }

  /** What to tell of a step that takes more than there is; undefined of all others. */
  refusal(step: PlannedStep<S>): DiagnosticError | undefined {
    const takes = this.#takesOf(step), short = shortOf(takes, this.#capacity);
    return short === undefined ? undefined : tooMuch(short, takes, this.#capacity, step.location);
  }

  /** Lets a step wait that there is enough for. @param rank the least goes first */
  add(step: PlannedStep<S>, rank: number): void {
    this.#line.add({ rank, takes: this.#takesOf(step), step });
  }

  /** Lets in the first step that there is enough left for. */
  next(): Admitted<S> | undefined {
    const next = this.#line.next();
    if (next === undefined) return undefined;
    const granted = this.#grant(next.takes);
    this.#line.take(granted);
    return { step: next.step, granted };
  }

  /** Takes back what one that was let in was granted. */
  leave({ granted }: Admitted<S>): void {
    this.#line.give(granted);
  }

  #takesOf(step: PlannedStep<S>): Resources {
    const { here, main } = this.#executors;
    if (here !== main && runsHere(step)) return { here: 1 };
    return { ...main.demand(step.resources), jobs: 1 };
  }

  /** What a step may take: its share of processors that are free, where others wait too. */
  #grant(takes: Resources): Resources {
    const { cpu } = takes, { cpu: free = 0, jobs = 1 } = this.#line.free;
    if (cpu === undefined) return takes;
    const others = Math.min(this.#line.size, jobs - 1);
    // Few different shares, as a process keeps its number of threads.
    const share = others === 0 ? free : 2 ** Math.floor(Math.log2(free / (others + 1)));
    return { ...takes, cpu: Math.max(cpu, share) };
  }
}

/** Whether a step runs in this process, wherever others do. */
function runsHere({ resources }: { readonly resources: Resources }): boolean {
  return resources.cpu === 0;
}
