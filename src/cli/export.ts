import { readSteps } from "../records/run_steps.ts";
import { dirname, isAbsolute, join, relative, resolve, sep as SEPARATOR } from "node:path";
import {
  type Action,
  type Artifact,
  copyArtifact,
  DiagnosticError,
  discard,
  entryIfThere,
  forecast,
  ifThere,
  Store,
  withReason,
} from "../core/mod.ts";
import type { ExportPrecision } from "../export/mod.ts";
import { findRun } from "../records/mod.ts";
import { chooseStep, PLAN_LISTS } from "../records/step_names.ts";
import { print } from "./output.ts";
import { endsBefore } from "./plan_command.ts";
import { openPipeline, type ProjectOptions, trustOf } from "./project.ts";

/** How an output is written. */
export interface ExportOptions extends ProjectOptions {
  /** Whether a policy becomes an ONNX model. */
  readonly onnx?: true;
  /** Of that model's matrices. */
  readonly precision?: ExportPrecision;
  readonly json?: true;
  /** The run whose output it is; the pipeline's as it is now unless given. */
  readonly run?: string;
}

/**
 * Writes a stored output, such as `meta[7].promote.policy` or `propose.datasets[0]`, to a directory of the user's. The
 * items of a whole list, `propose.datasets`, go to numbered folders in it. Of a recorded run (`run`) there is no file
 * before the output.
 */
export async function exportOutput(
  file: string,
  output: string,
  directory: string | undefined,
  overrides: readonly string[],
  options: ExportOptions,
): Promise<number> {
  if (options.precision !== undefined && options.onnx === undefined) {
    const message = "--precision is that of an ONNX model";
    throw new DiagnosticError([{ message, hint: "add --onnx, or leave it out" }]);
  }
  const store = new Store(options.store);
  if (options.run !== undefined) {
    const more = [...directory === undefined ? [] : [directory], ...overrides, ...options.set];
    if (more.length > 0) {
      const hint = "write soar export OUTPUT DIRECTORY --run RUN";
      const message = `${more[0]} is too much: a run has its pipeline and overrides`;
      throw new DiagnosticError([{ message, hint }]);
    }
    return await exportFound(store, outputOfRun(store, file, options.run), output, options);
  }
  if (directory === undefined) {
    const hint = "write soar export PIPELINE OUTPUT DIRECTORY, or OUTPUT DIRECTORY --run RUN";
    throw new DiagnosticError([{ message: "there is no directory to write to", hint }]);
  }
  const found = await outputOfPipeline(store, file, output, overrides, options);
  return await exportFound(store, found, directory, options);
}

/** An output with its whole name. */
interface FoundOutput {
  readonly name: string;
  /** One artifact, or those of a list. */
  readonly digests: string | readonly string[];
}

async function exportFound(
  store: Store,
  { name, digests }: FoundOutput,
  directory: string,
  options: ExportOptions,
): Promise<number> {
  if (directory === "") {
    const hint = "name a folder";
    throw new DiagnosticError([{ message: "the directory has an empty name", hint }]);
  }
  if (typeof digests === "string") {
    await exportArtifact(store.artifact(digests), name, directory, store, options);
    return 0;
  }
  refuseOthers(directory, name, digests.length);
  for (const [i, digest] of digests.entries()) {
    const item = join(directory, String(i).padStart(6, "0"));
    await exportArtifact(store.artifact(digest), `${name}[${i}]`, item, store, options);
  }
  return 0;
}

async function outputOfPipeline(
  store: Store,
  file: string,
  output: string,
  overrides: readonly string[],
  options: ExportOptions,
): Promise<FoundOutput> {
  const all = [...overrides, ...options.set];
  const { plan: planned, code } = await openPipeline(file, all, trustOf(options));
  const [word, port] = namesIn(output);
  const prospects = forecast(planned, store, await code());
  const step = chooseStep([...prospects.keys()], word, file, PLAN_LISTS);
  const { lookup } = prospects.get(step)!;
  if (lookup.kind === "skipped") {
    const hint = "name a step of an iteration that is";
    const message = `${step} is not reached: ${endsBefore(lookup)}`;
    throw new DiagnosticError([{ message, hint }]);
  }
  if (lookup.kind !== "hit") {
    const hint = "run the pipeline first";
    throw new DiagnosticError([{ message: `${step} has no stored result`, hint }]);
  }
  return { name: `${step}.${port}`, digests: digestsOf(lookup.action.outputs, step, port) };
}

/** An output as a run left it. @throws {DiagnosticError} when there is none, or it is damaged */
function outputOfRun(store: Store, output: string, wanted: string): FoundOutput {
  const run = findRun(store, wanted), [word, port] = namesIn(output);
  const steps = readSteps(store, run);
  const step = chooseStep(steps.map((one) => one.step), word, run.id);
  const { outputs } = steps.find((one) => one.step === step)!;
  const digests = digestsOf(outputs, step, port), hint = "run the pipeline again";
  for (const digest of [digests].flat()) {
    const { problem } = store.examine(digest);
    if (problem === undefined) continue;
    throw new DiagnosticError([{ message: `${step}.${port} is not sound: ${problem}`, hint }]);
  }
  return { name: `${step}.${port}`, digests };
}

/** The step and the port of `step.port`. @throws {DiagnosticError} when it is none */
function namesIn(output: string): [step: string, port: string] {
  const at = output.lastIndexOf(".");
  if (at >= 0) return [output.slice(0, at), output.slice(at + 1)];
  const hint = `write step.port, such as ${output || "final"}.policy`;
  throw new DiagnosticError([{ message: `${output} names no output`, hint }]);
}

async function exportArtifact(
  artifact: Artifact,
  output: string,
  directory: string,
  store: Store,
  { onnx, precision, json }: ExportOptions,
): Promise<void> {
  const name = `${output} (${artifact.kind} ${artifact.digest.slice(0, 12)})`;
  const tell = (text: string) => {
    const { kind, digest } = artifact;
    print(json === true ? JSON.stringify({ output, kind, digest, directory }) : `${name} ${text}`);
  };
  const write = <T>(action: () => T) => withReason(`cannot write to ${directory}`, action);
  if (onnx && artifact.kind !== "policy") {
    const hint = "leave out --onnx, or name an output that is a policy";
    throw new DiagnosticError([{ message: `${name} is no policy`, hint }]);
  }
  write(() => {
    refuseStore(directory, store);
    if (onnx) refuseStore(join(directory, "onnx"), store);
    Deno.mkdirSync(directory, { recursive: true });
  });
  if (!onnx) {
    write(() => copyArtifact(artifact, directory, copyWritable));
    tell(`copied to ${directory}`);
    return;
  }
  // Loads the engine.
  const { exportOnnx } = await import("../export/mod.ts");
  const made = write(() => Deno.makeTempDirSync({ dir: directory, prefix: ".export-" }));
  try {
    await exportOnnx(artifact.directory, made, precision);
    const whole = { ...artifact, directory: made };
    write(() => copyArtifact(whole, directory, Deno.renameSync));
  } catch (error) {
    if (!(error instanceof RangeError) || precision === undefined) throw error;
    const hint = "leave out --precision";
    throw new DiagnosticError([{ message: `${name}: ${error.message}`, hint }]);
  } finally {
    discard(made);
  }
  tell(`written to ${directory} as an ONNX model`);
}

/** The artifact that a port, or an item of a list, is, or those of a list. @throws {DiagnosticError} when it is none */
function digestsOf(
  outputs: Action["outputs"],
  step: string,
  port: string,
): string | readonly string[] {
  const [, list = port, index] = /^(\w+)\[(\d+)\]$/.exec(port) ?? [];
  const made = Object.hasOwn(outputs, list) ? outputs[list]! : undefined;
  const fail = (message: string, hint: string): never => {
    throw new DiagnosticError([{ message, hint }]);
  };
  if (made === undefined) {
    const names = Object.keys(outputs);
    const hint = names.length === 0 ? "it has no result" : `outputs: ${names.join(", ")}`;
    return fail(`${step} has no output ${list}`, hint);
  }
  if (typeof made === "string") {
    return index === undefined
      ? made
      : fail(`${step}.${list} is one output`, `leave out [${index}]`);
  }
  if (made.length === 0) return fail(`${step}.${list} is an empty list`, "name another output");
  if (index === undefined) return made;
  const hint = `write ${step}.${list}[0], or ${step}.${list} for all`;
  return made[Number(index)] ??
    fail(`${step}.${list} is a list of ${made.length}, counted from 0`, hint);
}

/** A longer list that was there would be taken for this one's. @throws {DiagnosticError} */
function refuseOthers(directory: string, output: string, count: number): void {
  const names = ifThere(() => [...Deno.readDirSync(directory)])?.map(({ name }) => name) ?? [];
  const other = names.find((name) => /^\d{6}$/.test(name) && Number(name) >= count);
  if (other === undefined) return;
  const message = `${directory} has ${other} already, and ${output} no more than ${count} items`;
  throw new DiagnosticError([{ message, hint: "name an empty folder" }]);
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
