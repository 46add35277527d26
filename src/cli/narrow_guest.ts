/**
 * The program of a process that runs one stage with only some of the user's rights, for another that has the store: it is
 * told what to run on standard input, and tells on standard output what happens.
 *
 * @module
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DiagnosticError, itemNamed, keptMetrics, type Output, type Stage } from "../core/mod.ts";
import { linesOf } from "../executors/lines.ts";
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

/** What stages are given in such a process: no sessions. */
function servicesOf({ definitions }: ModuleLoader): Services {
  return {
    get sessions(): Services["sessions"] {
      throw new DiagnosticError([{
        message: "a step with permissions has no sessions of ONNX Runtime, which takes all rights",
        hint: "leave permissions out of this step",
      }]);
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
    return endingOf(error);
  }
}

/** Takes the order, and ends when it is done, or when nobody is there to be told. */
async function main(): Promise<void> {
  const stop = new AbortController();
  let guest: Guest | undefined;
  const end = (ending: Ending) => {
    if (guest !== undefined) tell({ kind: "job-ended", key: guest.key, ending, leaving: true });
    Deno.exit(0);
  };
  divertOutput((message) => {
    if (guest !== undefined) tell({ kind: "step-log", step: guest.step, message });
  }, true);
  Deno.addSignalListener("SIGINT", () => {}); // for whoever started it
  const watch = watchStages(stop.signal, end);
  tell({ kind: "job-ready" });
  for await (const line of linesOf(Deno.stdin.readable)) {
    const order = JSON.parse(line) as Order;
    if ("stop" in order) stop.abort();
    if (!("guest" in order)) continue;
    guest = order.guest;
    run(guest, stop.signal).then((ending) => {
      watch[Symbol.dispose]();
      end(ending);
    });
  }
  watch[Symbol.dispose]();
  Deno.exit(1);
}

if (import.meta.main) main();
