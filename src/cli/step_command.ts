/** Runs steps that a run has written into its store: for executors, and by hand. @module */
import { DiagnosticError, Store } from "../core/mod.ts";
import { linesOf } from "../executors/lines.ts";
import { type Ending, endMark, GRACE, type Order, TERMINATED } from "../executors/protocol.ts";
import { UsageMeter } from "../records/usage.ts";
import { useThreads } from "../runtime/mod.ts";
import { watchStages } from "./stage_watch.ts";
import { Bench, type BenchOptions } from "./step_bench.ts";
import { divertOutput, tell } from "./step_output.ts";

/** Options of the command. */
export interface StepOptions extends BenchOptions {
  readonly threads?: number;
  /** Takes orders on standard input until that ends. */
  readonly serve?: true;
}

/** Exit codes: a failure that may go away, and one that will not. */
const FAILED = 1, PERMANENT = 2;
/** Milliseconds between looks at what another process is making. */
const PAUSE = 500;

/** The command. @returns the exit code */
export async function step(key: string | undefined, options: StepOptions): Promise<number> {
  const isServing = options.serve === true;
  checkKey(key, isServing);
  if (options.threads !== undefined) useThreads(options.threads);
  const store = new Store(options.store);
  using _presence = await store.enter();
  using bench = new Bench(store, options);
  const complain = console.error.bind(console);
  divertOutput((message) => {
    if (bench.step === undefined) complain(message);
    else tell({ kind: "step-log", step: bench.step, message });
  }, isServing);
  const ended = new AbortController();
  const onTerm = () => {
    if (ended.signal.aborted) Deno.exit(TERMINATED);
    ended.abort(new DOMException("told to end", "AbortError"));
    // A stage may go on all the same, and Ctrl-C, Slurm and Kubernetes kill later.
    setTimeout(() => Deno.exit(TERMINATED), GRACE);
  };
  // Ctrl-C is for whoever started this, and reaches all processes of a terminal.
  const onInterrupt = isServing ? () => {} : onTerm;
  Deno.addSignalListener("SIGTERM", onTerm);
  Deno.addSignalListener("SIGINT", onInterrupt);
  globalThis.addEventListener("unload", () => store.release());
  try {
    return await (key === undefined
      ? serve(bench, ended.signal, complain)
      : runOne(key, bench, ended.signal, complain));
  } finally {
    store.release();
    Deno.removeSignalListener("SIGTERM", onTerm);
    Deno.removeSignalListener("SIGINT", onInterrupt);
  }
}

/** @throws {DiagnosticError} where it cannot be one */
function checkKey(key: string | undefined, isServing: boolean): void {
  const hint = "soar step KEY --store DIR";
  if ((key === undefined) !== isServing) {
    const message = "step takes the key of a job, or --serve and orders on standard input";
    throw new DiagnosticError([{ message, hint }]);
  }
  if (key === undefined || /^[0-9a-f]{64}$/.test(key)) return;
  const message = `${key} is no key of a step: that has 64 digits, 0-9 and a-f`;
  throw new DiagnosticError([{ message, hint: "show STEP --json has the key of a step" }]);
}

/** Runs a job to its end; what another process is making is waited for. */
async function runOne(
  key: string,
  bench: Bench,
  signal: AbortSignal,
  complain: (message: string) => void,
): Promise<number> {
  const end = (ending: Ending): number => {
    tell({ kind: "job-ended", key, ending });
    if (ending.kind === "damaged") {
      const { source, damage: { what, problem } } = ending;
      complain(`error: its input, ${what} of ${source}, is damaged: ${problem}`);
      complain("  help: run the pipeline: it makes that again");
      return PERMANENT;
    }
    if (ending.kind !== "failed") return 0;
    complain(`error: ${ending.message}`);
    return ending.permanent ? PERMANENT : FAILED;
  };
  using _watch = watchStages(signal, (ending) => Deno.exit(end(ending)));
  for (let first = true;; first = false) {
    const ending = await bench.run(key, tell, signal);
    if (signal.aborted) return TERMINATED;
    if (ending.kind !== "busy") return end(ending);
    if (first) tell({ kind: "warning", message: "another process is making it: waiting" });
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (signal.aborted) return TERMINATED;
  }
}

/** Runs jobs as it is told to, until nobody tells it any more; the job that runs then comes to its end. */
async function serve(
  bench: Bench,
  terminated: AbortSignal,
  complain: (message: string) => void,
): Promise<number> {
  interface Current {
    readonly key: string;
    readonly stop: AbortController;
    readonly end: Promise<void>;
  }
  let current: Current | undefined;
  terminated.addEventListener("abort", () => {
    current?.stop.abort();
    // Nothing else ends the reading of orders.
    (current?.end ?? Promise.resolve()).finally(() => Deno.exit(TERMINATED));
  });
  const meter = new UsageMeter(0);
  using _watch = watchStages(terminated, (ending) => {
    // Between jobs nobody's result depends on it.
    if (current === undefined) return;
    tell({ kind: "job-ended", key: current.key, ending, usage: meter.take(), leaving: true });
    Deno.exit(FAILED);
  });
  tell({ kind: "job-ready" });
  for await (const line of linesOf(Deno.stdin.readable)) {
    const order = JSON.parse(line) as Order;
    if ("stop" in order) current?.stop.abort();
    else if ("run" in order) {
      const stop = new AbortController(), key = order.run;
      const end = bench.run(key, tell, stop.signal).then((ending) => {
        current = undefined;
        // Told to end by others than who ordered it, it has not failed: it is lost with this process.
        if (terminated.aborted) return;
        complain(endMark(key));
        tell({ kind: "job-ended", key, ending, usage: meter.take() });
      });
      current = { key, stop, end };
    }
  }
  await current?.end;
  return 0;
}
