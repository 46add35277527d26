import {
  demandOn,
  type Executor,
  type Job,
  type Json,
  type Listener,
  type Outcome,
  type Resources,
  type Store,
} from "../core/mod.ts";
import { WorkerProcess } from "./worker_process.ts";

/** How processes are started. */
export interface ProcessesOptions {
  /** Where jobs and their results are. */
  readonly store: Store;
  /** A job as it is written there. */
  readonly write: (job: Job) => Json;
  /** What runs jobs of the store on so many threads, its program first. */
  readonly command: (threads: number) => readonly [string, ...string[]];
  /** What there is for jobs to take. */
  readonly capacity: Resources;
  /** How many jobs run at a time. */
  readonly jobs: number;
  /** Numbers of the GPUs, where jobs run on these. */
  readonly gpus: readonly string[];
  /** Environment of a process that sees some of these. */
  readonly envOf: (gpus: readonly string[]) => Record<string, string>;
}

/** How this process ends without a chance to wait: `Deno.exit`, and errors that nobody catches. */
const ENDS = ["unload", "error", "unhandledrejection"] as const;

/** A process and what it was started with. */
interface Started {
  readonly process: WorkerProcess;
  readonly threads: number;
  readonly gpus: readonly string[];
}

/** Runs each job in a process of its own, which is kept for the next: what it has loaded need not be loaded again. */
export class Processes implements Executor {
  readonly capacity: Resources;
  readonly jobs: number;
  readonly #options: ProcessesOptions;
  /** Those that wait for a job, the one that waits longest first. */
  readonly #idle: Started[] = [];
  readonly #all = new Set<WorkerProcess>();
  readonly #freeGpus: Set<string>;
  /** How many were started. */
  started = 0;

  constructor(options: ProcessesOptions) {
    for (const type of ENDS) globalThis.addEventListener(type, this.#killAll);
    this.#options = options;
    this.capacity = options.capacity;
    this.jobs = options.jobs;
    this.#freeGpus = new Set(options.gpus);
  }

  demand(declared: Resources): Resources {
    return demandOn(this.capacity, declared);
  }

  async run(
    job: Job,
    granted: Resources,
    listen: Listener,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { store, write } = this.#options;
    const one = this.#take(granted);
    try {
      store.jobs.write(job.key, write(job));
      const outcome = await one.process.run(job, listen, signal);
      if (outcome.kind !== "returned") return outcome;
      throw new TypeError(`Cannot take what a stage gave back as the outcome of ${job.step}`);
    } finally {
      this.#give(one);
      store.jobs.remove(job.key);
    }
  }

  /** Ends all processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#all].map((process) => process.close()));
    for (const type of ENDS) globalThis.removeEventListener(type, this.#killAll);
  }

  /** Whoever started them is about to end at once. */
  readonly #killAll = (): void => {
    for (const process of this.#all) process.kill();
  };

  #take({ cpu = 1, gpu = 0 }: Resources): Started {
    const threads = Math.max(1, Math.floor(cpu)), count = Math.ceil(gpu);
    const isFit = (one: Started) =>
      one.process.isFree && one.threads === threads && one.gpus.length === count &&
      one.gpus.every((id) => this.#freeGpus.has(id));
    const place = this.#idle.findLastIndex(isFit); // what ran last is warmest
    const [found] = place < 0 ? [] : this.#idle.splice(place, 1);
    const one = found ?? this.#start(threads, [...this.#freeGpus].slice(0, count));
    for (const id of one.gpus) this.#freeGpus.delete(id);
    return one;
  }

  #start(threads: number, gpus: readonly string[]): Started {
    // Room is worth more than what one has loaded that has waited longest.
    while (this.#idle.length > this.jobs) this.#idle.shift()!.process.close();
    const { command, envOf } = this.#options;
    const process = new WorkerProcess(command(threads), envOf(gpus), ++this.started);
    this.#all.add(process);
    process.ended.then(() => this.#all.delete(process));
    return { process, threads, gpus };
  }

  #give(one: Started): void {
    for (const id of one.gpus) this.#freeGpus.add(id);
    if (one.process.isFree) this.#idle.push(one);
  }
}
