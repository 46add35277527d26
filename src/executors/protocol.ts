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
  type Input,
  InputDamage,
  isMistake,
  type Job,
  JobLost,
  type JsonObject,
  type Outcome,
  told,
} from "../core/mod.ts";

/** What a process is told to do. */
export type Order =
  /** Run a job that the store has. */
  | { readonly run: string }
  /** Run a stage. */
  | { readonly guest: Guest }
  /** End the job that runs. */
  | { readonly stop: true };

/** What a process runs that has only some rights: a stage, for another process that has the store. */
export interface Guest extends Pick<Job, "step" | "key" | "url" | "uses" | "stage" | "config"> {
  /** What its input ports read. */
  readonly inputs: Readonly<Record<string, Input | undefined>>;
  /** Folders of its output ports, which are there. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly seed: string;
}

/** What a stage that was run gave back. */
export interface Returned {
  readonly kind: "returned";
  readonly metrics: JsonObject;
}

/** How a job ended. */
export type Ending =
  | Outcome
  | Returned
  /** It did not read what its key says. */
  | { readonly kind: "damaged"; readonly source: string; readonly damage: Damage }
  | {
    readonly kind: "failed";
    readonly message: string;
    readonly stack?: string;
    /** Whether it would fail the next time too: the user's mistake. */
    readonly permanent: boolean;
    /** Whether what it ran on went away. */
    readonly lost?: true;
  };

/** What a process tells. */
export type Message =
  | Event
  /** It takes orders. */
  | { readonly kind: "job-ready" }
  /** A stage that another process runs records rows. */
  | { readonly kind: "rows"; readonly table: string; readonly rows: readonly JsonObject[] }
  | {
    readonly kind: "job-ended";
    readonly key: string;
    readonly ending: Ending;
    /** Whether the process ends with it. */
    readonly leaving?: true;
    readonly usage?: Usage;
  };

/** What a process took for a job. */
export interface Usage {
  /** Of processors, since the job before. */
  readonly cpuSeconds: number;
  /** Most memory that the process has had so far, in bytes. */
  readonly peakBytes: number;
}

/** Exit code of a process that SIGTERM has ended. */
export const TERMINATED = 143;

/** Milliseconds that a job has to end when it is told to. */
export const GRACE = 5000;

/** What a process writes on its standard error after a job, so that what the job wrote there is known to have been read. */
export function endMark(key: string): string {
  return `\x1ejob-ended ${key}`;
}

/** How a job ended that threw an error. */
export function endingOf(error: unknown): Extract<Ending, { kind: "failed" | "damaged" }> {
  if (error instanceof InputDamage) {
    return { kind: "damaged", source: error.source, damage: error.damage };
  }
  const lost = error instanceof JobLost ? { lost: true as const } : {};
  return { kind: "failed", ...told(error), permanent: isMistake(error), ...lost };
}

/** What became of a job. @throws what it threw, as far as it was told */
export function outcomeOf(ending: Ending): Outcome | Returned {
  switch (ending.kind) {
    case "damaged":
      throw new InputDamage(ending.source, ending.damage);
    case "failed": {
      const { message, stack, permanent, lost } = ending;
      if (lost === true) throw new JobLost(message);
      if (permanent) throw new DiagnosticError([{ message }]);
      throw Object.assign(new Error(message), { stack });
    }
    default:
      return ending;
  }
}

/** A job whose stage ended the process that ran it: one that runs it again would end too. */
export function leftOf(how: string): Extract<Ending, { kind: "failed" }> {
  const message = `its stage ended its process (${how}): let it return, or throw an error`;
  return { kind: "failed", message, permanent: false };
}
