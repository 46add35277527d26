/** Runs steps that a run has written into its store: for executors, and by hand. @module */
import {
  DiagnosticError,
  type Event,
  type Listener,
  makeJob,
  type Outcome,
  type Stage,
  Store,
} from "../core/mod.ts";
import { linesOf } from "../executors/lines.ts";
import { type Ending, endingOf, endMark, type Message, type Order } from "../executors/protocol.ts";
import { UsageMeter } from "../records/usage.ts";
import { type DeviceName, type DeviceSetting, useThreads } from "../runtime/mod.ts";
import { Definitions } from "../stage/definitions.ts";
import type { Services } from "../stage/define_stage.ts";
import { ModuleDigests, openDigests } from "./code_digests.ts";
import { jobOf, locatedJob, modulesOf } from "./job_places.ts";
import { machine } from "./machine_text.ts";
import { askInTerminal, ModuleLoader } from "./modules.ts";
import { complain } from "./output.ts";
import { ProjectLibrary } from "./project_library.ts";
import { findDevice, openServices } from "./start_engine.ts";

/** Options of the command. */
export interface StepOptions {
  readonly store: string;
  readonly device: DeviceSetting;
  readonly threads?: number;
  readonly trust?: true;
  /** Takes orders on standard input until that ends. */
  readonly serve?: true;
}

/** Exit codes: a failure that may go away, and one that will not. */
const FAILED = 1, PERMANENT = 2;
/** Of a process that SIGTERM has ended. */
const TERMINATED = 143;
/** Milliseconds between looks at what another process is making. */
const PAUSE = 500;

/** The command. @returns the exit code */
export async function step(key: string | undefined, options: StepOptions): Promise<number> {
  if ((key === undefined) !== (options.serve === true)) {
    const message = "step takes the key of a job, or --serve and orders on standard input";
    throw new DiagnosticError([{ message, hint: "soar step KEY --store DIR" }]);
  }
  if (options.threads !== undefined) useThreads(options.threads);
  // What stages write for people is not what this process tells.
  console.log = console.info = console.debug = console.error;
  const store = new Store(options.store);
  using _presence = await store.enter();
  const bench = new Bench(store, options);
  const ended = new AbortController();
  const onTerm = () => ended.abort(new DOMException("told to end", "AbortError"));
  // Ctrl-C is for whoever started this, and reaches all processes of a terminal.
  const onInterrupt = options.serve === true ? () => {} : onTerm;
  Deno.addSignalListener("SIGTERM", onTerm);
  Deno.addSignalListener("SIGINT", onInterrupt);
  try {
    if (key === undefined) return await serve(bench, ended.signal);
    return await runOne(key, bench, ended.signal);
  } finally {
    bench[Symbol.dispose]();
    store.release();
    Deno.removeSignalListener("SIGTERM", onTerm);
    Deno.removeSignalListener("SIGINT", onInterrupt);
  }
}

/** Runs a job to its end; what another process is making is waited for. */
async function runOne(key: string, bench: Bench, signal: AbortSignal): Promise<number> {
  for (let first = true;; first = false) {
    const ending = await bench.run(key, tell, signal);
    if (signal.aborted) return TERMINATED;
    if (ending.kind === "busy") {
      if (first) tell({ kind: "warning", message: "another process is making it: waiting" });
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      continue;
    }
    tell({ kind: "job-ended", key, ending });
    if (ending.kind === "damaged") return PERMANENT;
    return ending.kind !== "failed" ? 0 : ending.permanent ? PERMANENT : FAILED;
  }
}

/** Runs jobs as it is told to, until nobody tells it any more; the job that runs then comes to its end. */
async function serve(bench: Bench, terminated: AbortSignal): Promise<number> {
  let current: { readonly stop: AbortController; readonly end: Promise<void> } | undefined;
  terminated.addEventListener("abort", () => {
    current?.stop.abort();
    // Nothing else ends the reading of orders.
    (current?.end ?? Promise.resolve()).finally(() => Deno.exit(TERMINATED));
  });
  const meter = new UsageMeter(0);
  tellApart({ kind: "job-ready" });
  for await (const line of linesOf(Deno.stdin.readable)) {
    const order = JSON.parse(line) as Order;
    if ("stop" in order) current?.stop.abort();
    else {
      const stop = new AbortController(), key = order.run;
      const end = bench.run(key, tellApart, stop.signal).then((ending) => {
        complain(endMark(key));
        tellApart({ kind: "job-ended", key, ending, usage: meter.take() });
      });
      current = { stop, end };
    }
  }
  await current?.end;
  return 0;
}

/** What runs jobs: what one has loaded the next need not load. */
class Bench implements Disposable {
  readonly #store: Store;
  readonly #options: StepOptions;
  readonly #library = new ProjectLibrary();
  #digests: ModuleDigests | undefined;
  #loader: ModuleLoader | undefined;
  #services: Promise<Services> | undefined;
  #device: DeviceName | undefined;

  constructor(store: Store, options: StepOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Runs a job. */
  async run(key: string, listen: Listener, signal: AbortSignal): Promise<Ending> {
    try {
      return await this.#run(key, listen, signal);
    } catch (error) {
      return endingOf(error);
    }
  }

  /** Closes what jobs shared. */
  [Symbol.dispose](): void {
    this.#services?.then(({ sessions }) => sessions[Symbol.dispose](), () => {});
  }

  async #run(key: string, listen: Listener, signal: AbortSignal): Promise<Outcome> {
    const written = jobOf(this.#store.jobs.read(key), key);
    if (written === undefined) {
      const message = `the store has no job ${key} that is whole`;
      throw new DiagnosticError([{ message, hint: "a run writes it when it starts the step" }]);
    }
    const { digests, loader } = await this.#open();
    await loader.load(modulesOf(written));
    const job = locatedJob(written);
    const stage = job && this.#stage(written.url ?? job.stage.name, loader);
    if (job === undefined || stage === undefined) {
      const message = `this version of the program lacks what ${written.step} runs`;
      throw new DiagnosticError([{ message, hint: "use the version that began the run" }]);
    }
    await digests.read([job.url, ...job.uses.map(({ url }) => url)]);
    return await makeJob(job, stage, {
      store: this.#store,
      services: () => this.#services ??= this.#openServices(loader, listen),
      code: digests.of,
      machine: () => machine(this.#device ?? "cpu"),
      listen,
      signal,
    });
  }

  #stage(uses: string, { definitions }: ModuleLoader): Stage<Services> | undefined {
    return this.#library.stage(uses)?.definition ??
      definitions.get(`stage ${uses}`) as unknown as Stage<Services> | undefined;
  }

  async #open() {
    const { store, trust } = this.#options;
    if (this.#loader === undefined || this.#digests === undefined) {
      const digests = await openDigests(store);
      this.#loader = new ModuleLoader(
        { store, all: trust === true, ask: askInTerminal() },
        digests,
      );
      this.#digests = new ModuleDigests(digests, this.#loader.packages);
    }
    return { loader: this.#loader, digests: this.#digests };
  }

  async #openServices({ definitions }: ModuleLoader, listen: Listener): Promise<Services> {
    const warn = (message: string) => listen({ kind: "warning", message });
    this.#device = await findDevice(this.#options.device, warn);
    return openServices(this.#device, new Definitions(definitions), this.#store);
  }
}

/** Tells something on a line of its own, even where a stage has written part of one. */
function tellApart(message: Message | Event): void {
  write(`\n${JSON.stringify(message)}\n`);
}

/** Tells something. */
function tell(message: Message | Event): void {
  write(`${JSON.stringify(message)}\n`);
}

let isHeard = true;

/** Writes on standard output. Without a reader the job goes on: its result is kept. */
function write(text: string): void {
  if (!isHeard) return;
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch {
    isHeard = false;
  }
}
