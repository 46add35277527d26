/** Where jobs run. @module */
import type { Listener } from "./event.ts";
import type { Job, Outcome } from "./job.ts";
import type { Resources } from "./resources.ts";

/** Runs jobs: here, in other processes, on other machines. */
export interface Executor extends AsyncDisposable {
  /** What there is for jobs to take. */
  readonly capacity: Resources;
  /** How many jobs it runs at a time. */
  readonly jobs: number;
  /** What a job takes of it. @param declared what its step says */
  demand(declared: Resources): Resources;
  /**
   * Runs a job to its end, or takes hold of it where it runs already.
   *
   * @param granted what it may take: at least what it needs
   * @param signal ends it when aborted
   * @throws {JobLost} when what it ran on went away
   */
  run(job: Job, granted: Resources, listen: Listener, signal: AbortSignal): Promise<Outcome>;
}

/** Where the jobs of a run go. */
export interface Executors {
  /** Steps that take no processor: in this process. */
  readonly here: Executor;
  /** The others. */
  readonly main: Executor;
}

/** What a job ran on went away, through no fault of the job's: it may be tried again. */
export class JobLost extends Error {
  /** Tells the class apart where instanceof cannot. */
  override readonly name = "JobLost";
}
