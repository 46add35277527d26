import { runPlan, Store } from "../core/mod.ts";
import { Sessions, toModel } from "../onnx/mod.ts";
import { Graph } from "../onnx/mod.ts";
import { type DeviceName, type DeviceSetting, resolveDevice, Session } from "../runtime/mod.ts";
import { ENGINE_DEFAULTS } from "../rl/mod.ts";
import { Durations, openLog } from "./history.ts";
import { codeDigests, openPipeline, type ProjectOptions } from "./project.ts";
import { jsonReporter, standardOutput, textReporter } from "./reporter.ts";

/** Runs a pipeline. @returns the exit code: 0 done, 1 failed, 130 stopped */
export async function run(
  file: string,
  overrides: readonly string[],
  options: ProjectOptions & { readonly json?: true },
): Promise<number> {
  const plan = openPipeline(file, [...overrides, ...options.set]);
  const store = new Store(options.store);
  const terminal = standardOutput();
  const resume = ["deno run -A mod.ts", ...Deno.args].join(" ");
  const report = options.json === true
    ? jsonReporter(terminal)
    : textReporter(terminal, plan, Durations.of(store), resume);
  using log = openLog(store);
  const listen: typeof report = (event) => {
    log(event);
    report(event);
  };
  const warn = (message: string) => listen({ kind: "warning", message });
  const device = await resolveDevice(plan.device as DeviceSetting, probe, warn);
  using sessions = new Sessions({ device });
  using stop = stopOnInterrupt(warn);
  const { status } = await runPlan({ ...plan, device }, {
    store,
    services: { sessions, ...ENGINE_DEFAULTS },
    code: codeDigests(),
    listen,
    signal: stop.signal,
  });
  return { done: 0, failed: 1, stopped: 130 }[status];
}

/** Builds the smallest graph there is on a device. @throws {Error} when it cannot be used */
function probe(device: DeviceName): Promise<void> {
  if (device === "cpu") return Promise.resolve();
  const graph = new Graph("probe");
  graph.output("y", graph.op.Neg(graph.input("x", "float32", [1])));
  using _session = new Session(toModel(graph), { name: "probe", device });
  return Promise.resolve();
}

/** The first Ctrl-C stops after what is running now; the second ends the process. */
function stopOnInterrupt(warn: (message: string) => void): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) Deno.exit(130);
    warn("stopping; press Ctrl-C again to end at once");
    controller.abort();
  };
  Deno.addSignalListener("SIGINT", onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGINT", onSignal),
  };
}
