import { dirname, isAbsolute, relative, resolve, sep as SEPARATOR } from "node:path";
import {
  type Action,
  closest,
  copyArtifact,
  DiagnosticError,
  discard,
  entryIfThere,
  forecast,
  Store,
  withReason,
} from "../core/mod.ts";
import { print } from "./output.ts";
import { endsBefore } from "./plan_command.ts";
import { openPipeline, type ProjectOptions, trustOf } from "./project.ts";

/** Copies a stored output, such as `meta[7].promote.policy` or `propose.datasets[0]`, to a directory of the user's. */
export async function exportOutput(
  file: string,
  output: string,
  directory: string,
  options: ProjectOptions,
): Promise<number> {
  const { plan: planned, code } = await openPipeline(file, options.set, trustOf(options));
  const store = new Store(options.store);
  const at = output.lastIndexOf(".");
  if (at < 0) {
    const hint = `write step.port, such as ${output || "final"}.policy`;
    throw new DiagnosticError([{ message: `${output} names no output`, hint }]);
  }
  const step = output.slice(0, at), port = output.slice(at + 1);
  const prospects = forecast(planned, store, await code()), found = prospects.get(step);
  if (found === undefined) {
    const near = closest(step, prospects.keys());
    const hint = near === undefined
      ? "write step.port, with a step that `plan` lists"
      : `did you mean ${near}.${port}?`;
    throw new DiagnosticError([{ message: `there is no step ${step} in ${file}`, hint }]);
  }
  if (found.lookup.kind === "skipped") {
    const hint = "name a step of an iteration that is";
    const message = `${step} is not reached: ${endsBefore(found.lookup)}`;
    throw new DiagnosticError([{ message, hint }]);
  }
  if (found.lookup.kind !== "hit") {
    const hint = "run the pipeline first";
    throw new DiagnosticError([{ message: `${step} has no stored result`, hint }]);
  }
  const digest = digestOf(found.lookup.action.outputs, step, port);
  if (directory === "") {
    const hint = "name a folder";
    throw new DiagnosticError([{ message: "the directory has an empty name", hint }]);
  }
  const artifact = store.artifact(digest);
  withReason(`cannot write to ${directory}`, () => {
    refuseStore(directory, store);
    Deno.mkdirSync(directory, { recursive: true });
    copyArtifact(artifact, directory, copyWritable);
  });
  print(`${output} (${artifact.kind} ${digest.slice(0, 12)}) copied to ${directory}`);
  return 0;
}

/** The artifact that a port, or an item of a list, is. @throws {DiagnosticError} when it is none, or many */
function digestOf(outputs: Action["outputs"], step: string, port: string): string {
  const [, list = port, index] = /^(\w+)\[(\d+)\]$/.exec(port) ?? [];
  const made = Object.hasOwn(outputs, list) ? outputs[list]! : undefined;
  if (typeof made === "string" && index === undefined) return made;
  const item = typeof made === "object" && index !== undefined ? made[Number(index)] : undefined;
  if (item !== undefined) return item;
  const fail = (message: string, hint: string): never => {
    throw new DiagnosticError([{ message, hint }]);
  };
  if (made === undefined) {
    const hint = `outputs: ${Object.keys(outputs).join(", ")}`;
    return fail(`${step} has no single output ${list}`, hint);
  }
  if (typeof made === "string") {
    return fail(`${step}.${list} is one output`, `leave out [${index}]`);
  }
  const hint = made.length === 0 ? "name another output" : `write ${step}.${list}[0]`;
  return fail(`${step}.${list} is a list of ${made.length}, counted from 0`, hint);
}

/** What lies in a store changes for nobody. @throws {DiagnosticError} */
function refuseStore(directory: string, store: Store): void {
  let there = resolve(directory);
  while (entryIfThere(there) === undefined) there = dirname(there);
  const way = relative(Deno.realPathSync(store.directory), Deno.realPathSync(there));
  if (way === ".." || way.startsWith(`..${SEPARATOR}`) || isAbsolute(way)) return;
  const message = `${directory} lies in the store ${store.directory}`;
  throw new DiagnosticError([{ message, hint: "name a folder elsewhere" }]);
}

/**
 * A copy that its owner may change, as what lies in the store may not be. It takes the place of what has its name:
 * a link that is there is not written through, whatever it leads to.
 */
function copyWritable(from: string, to: string): void {
  const copy = `${to}.${crypto.randomUUID()}`;
  try {
    Deno.copyFileSync(from, copy);
    Deno.chmodSync(copy, 0o666 & ~Deno.umask());
    Deno.renameSync(copy, to);
  } catch (error) {
    discard(copy);
    throw error;
  }
}
