/**
 * What a process that runs jobs and who started it tell each other, a JSON text a line: on its standard input what to do, on
 * its standard output what happens.
 *
 * @module
 */
import {
  type Damage,
  DiagnosticError,
  type Event,
  InputDamage,
  isMistake,
  type Outcome,
  told,
} from "../core/mod.ts";

/** What a process is told to do. */
export type Order =
  /** Run a job that the store has. */
  | { readonly run: string }
  /** End the job that runs. */
  | { readonly stop: true };

/** How a job ended. */
export type Ending =
  | Outcome
  /** It did not read what its key says. */
  | { readonly kind: "damaged"; readonly source: string; readonly damage: Damage }
  | {
    readonly kind: "failed";
    readonly message: string;
    readonly stack?: string;
    /** Whether it would fail the next time too: the user's mistake. */
    readonly permanent: boolean;
  };

/** What a process tells. */
export type Message =
  | Event
  /** It takes orders. */
  | { readonly kind: "job-ready" }
  | {
    readonly kind: "job-ended";
    readonly key: string;
    readonly ending: Ending;
    readonly usage?: Usage;
  };

/** What a process took for a job. */
export interface Usage {
  /** Of processors, since the job before. */
  readonly cpuSeconds: number;
  /** Most memory that the process has had so far, in bytes. */
  readonly peakBytes: number;
}

/** What a process writes on its standard error after a job, so that what the job wrote there is known to have been read. */
export function endMark(key: string): string {
  return `\x1ejob-ended ${key}`;
}

/** How a job ended that threw an error. */
export function endingOf(error: unknown): Ending {
  if (error instanceof InputDamage) {
    return { kind: "damaged", source: error.source, damage: error.damage };
  }
  return { kind: "failed", ...told(error), permanent: isMistake(error) };
}

/** What became of a job. @throws what it threw, as far as it was told */
export function outcomeOf(ending: Ending): Outcome {
  switch (ending.kind) {
    case "damaged":
      throw new InputDamage(ending.source, ending.damage);
    case "failed": {
      const { message, stack, permanent } = ending;
      if (permanent) throw new DiagnosticError([{ message }]);
      const error = new Error(message);
      if (stack !== undefined) error.stack = stack;
      throw error;
    }
    default:
      return ending;
  }
}
