/** The thread in which narrow_guest.ts runs a stage. It tells on standard output what happens. @module */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DiagnosticError, itemNamed, keptMetrics, type Output, type Stage } from "../core/mod.ts";
import { type Ending, endingOf, type Guest, type Order } from "../executors/protocol.ts";
import { ENGINE_DEFAULTS } from "../rl/mod.ts";
import { Definitions } from "../stage/definitions.ts";
import type { Services } from "../stage/define_stage.ts";
import { openDigests } from "./code_digests.ts";
import { modulesOf, writtenJob } from "./job_places.ts";
import { ModuleLoader } from "./modules.ts";
import { ProjectLibrary } from "./project_library.ts";
import { divertOutput, tell } from "./step_output.ts";
import { watchStages } from "./stage_watch.ts";

/** What a thread has besides what every module has. */
const thread = globalThis as unknown as {
  postMessage(message: string): void;
  onmessage(event: MessageEvent<Order>): void;
  close(): void;
};

/** What stages are given in such a process: no sessions. */
function servicesOf({ definitions }: ModuleLoader): Services {
  return {
    get sessions(): Services["sessions"] {
      throw noSessions();
    },
    ...ENGINE_DEFAULTS,
    library: new Definitions(definitions),
  };
}

function outputAt(directory: string): Output {
  return {
    directory,
    item(index) {
      const item = join(directory, itemNamed(index));
      mkdirSync(item);
      return item;
    },
    place: copyFileSync,
  };
}

function noSessions(): DiagnosticError {
  const message = "a step with permissions has no sessions of ONNX Runtime, which takes all rights";
  return new DiagnosticError([{ message, hint: "leave permissions out of this step" }]);
}

/** Whether ONNX Runtime could not be looked for or loaded: a policy in memory takes it too. */
function isOfEngine(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isRefused = error.name === "NotCapable" && /\/src\/runtime\//.test(error.stack ?? "");
  return isRefused || isOfEngine(error.cause);
}

async function run(guest: Guest, signal: AbortSignal): Promise<Ending> {
  const { step, url, stage: { name }, config, inputs, outputs, seed } = guest;
  try {
    // Its runner has been asked about its modules, and has read its packages.
    const trust = { store: "", all: true }, known = () => Promise.resolve("");
    const loader = new ModuleLoader(trust, await openDigests(), known);
    await loader.load(modulesOf(writtenJob(guest)));
    const found = loader.definitions.get(`stage ${url}`) as Stage<Services> | undefined ??
      new ProjectLibrary().stage(name)!.definition as Stage<Services>;
    const metrics = await found.run({
      config,
      inputs,
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([port, directory]) => [port, outputAt(directory)]),
      ),
      seed,
      services: servicesOf(loader),
      signal,
      checkpoints: { last: undefined, offer() {} },
      log: (message) => tell({ kind: "step-log", step, message }),
      progress: (done, total, numbers = {}) =>
        tell({ kind: "step-progress", step, done, total, numbers }),
      record: (table, rows) => tell({ kind: "rows", table, rows }),
    });
    return { kind: "returned", metrics: keptMetrics(metrics ?? {}) };
  } catch (error) {
    return endingOf(isOfEngine(error) ? noSessions() : error);
  }
}

/** Takes the order, and says so when it is over. */
function main(): void {
  const stop = new AbortController(), over = () => thread.postMessage("over");
  let guest: Guest | undefined;
  const end = (ending: Ending) => {
    if (guest !== undefined) tell({ kind: "job-ended", key: guest.key, ending, leaving: true });
    over();
  };
  divertOutput((message) => {
    if (guest !== undefined) tell({ kind: "step-log", step: guest.step, message });
  }, true);
  const watch = watchStages(stop.signal, end);
  thread.close = () => Deno.exit(); // which is heard of
  thread.onmessage = async ({ data: order }) => {
    if ("stop" in order) stop.abort();
    if (!("guest" in order)) return;
    guest = order.guest;
    const ending = await run(guest, stop.signal);
    watch[Symbol.dispose]();
    end(ending);
  };
  tell({ kind: "job-ready" });
}

main();
