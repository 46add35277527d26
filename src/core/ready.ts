/** Steps whose inputs are known: what they read, and what their results depend on. @module */
import { counted } from "./counted.ts";
import type { Action } from "./action.ts";
import { isChoice } from "./choice.ts";
import { DiagnosticError } from "./diagnostic.ts";
import type { Json, JsonObject, Path } from "./document.ts";
import type { Ends } from "./ends.ts";
import type { JobInputs, Keyed } from "./job.ts";
import type { KeyParts } from "./key.ts";
import type { Binding, OutputRef, PlannedStep } from "./planned.ts";
import type { Store } from "./store.ts";

/** Results by step id, as far as they are there. */
export type ResultsByStep = Pick<ReadonlyMap<string, Pick<Action, "outputs">>, "get">;

/** A step that reads outputs, whichever iterations of loops they are of. */
export type ReadyStep<S> = PlannedStep<S, OutputRef>;

/** A step with what it reads; undefined while a loop that tells has not ended. */
export function readyStep<S>(step: PlannedStep<S>, ends: Ends): ReadyStep<S> | undefined {
  const inputs: Record<string, Binding<OutputRef>> = {};
  for (const [port, { sources, ...binding }] of Object.entries(step.inputs)) {
    const outputs = areOutputs(sources) ? sources : ends.outputs(sources);
    if (outputs === undefined) return undefined;
    inputs[port] = { ...binding, sources: outputs };
  }
  return { ...step, inputs };
}

function areOutputs(sources: Binding["sources"]): sources is readonly OutputRef[] {
  return !sources.some(isChoice);
}

/** What a step reads, by input. The steps that it reads must be done. @throws {DiagnosticError} for an item that is not there */
export function inputsOf<S>(
  step: Pick<ReadyStep<S>, "inputs">,
  done: ResultsByStep,
): JobInputs {
  return Object.fromEntries(
    Object.entries(step.inputs).map(([name, { sources, ...binding }]) => {
      const items = sources.flatMap((source) =>
        outputDigests(source, done).map((digest) => ({ digest, step: source.step }))
      );
      return [name, { ...binding, items }];
    }),
  );
}

/** Digests of an output; of a list, of its items. @throws {DiagnosticError} for an item that is not there */
function outputDigests(
  { step, port, index }: OutputRef,
  done: ResultsByStep,
): readonly string[] {
  const made = done.get(step)!.outputs[port]!;
  if (typeof made === "string") return [made];
  if (index === undefined) return made;
  const item = made[index];
  if (item !== undefined) return [item];
  const message = `Cannot read ${step}.${port}[${index}]: it has ${counted(made.length, "item")}`;
  throw new DiagnosticError([{ message }]);
}

/** Files that a step reads. */
export function filesOf<S>({ config, files }: Pick<PlannedStep<S>, "config" | "files">): string[] {
  return files.map((path) => valueAt(config, path) as string);
}

/** Everything a step's result depends on. */
export function keyParts(
  step: Keyed,
  inputs: JobInputs,
  code: (url: string) => string,
  store: Pick<Store, "digestPath">,
): KeyParts {
  let { config } = step;
  for (const path of step.files) {
    const digest = store.digestPath(valueAt(config, path) as string);
    config = withValueAt(config, path, { digest }) as JsonObject;
  }
  const uses: Record<string, string> = {};
  for (const { path, name, url } of step.uses) {
    // Where a module is does not count.
    config = withValueAt(config, [...path, "uses"], name) as JsonObject;
    uses[path.map(quoted).join(".")] = code(url);
  }
  for (const path of step.unkeyed) config = withoutValueAt(config, path);
  const read: Record<string, string | string[]> = {};
  for (const [input, { list, entry, items }] of Object.entries(inputs)) {
    const digests = items.map(({ digest }) => digest);
    read[input] = list ? digests : digests[0]!;
    // Names count in their order, which maps in JSON have none of.
    const { port, name } = entry ?? {};
    if (port !== undefined) read[port] = [...read[port] ?? [], name!];
  }
  const { name: stage, version } = step.stage;
  return {
    format: 3,
    stage,
    version,
    code: code(step.url),
    config,
    ...step.uses.length > 0 ? { uses } : {},
    inputs: read,
    seed: step.seed,
  };
}

/** A part of a path; labels may be any text, and two paths must not be one. */
function quoted(part: string | number): string {
  return /^\w+$/.test(String(part)) ? String(part) : JSON.stringify(part);
}

/** A part of a configuration. */
export function valueAt(config: Json, path: Path): Json {
  return path.reduce<Json>((value, key) => (value as Record<string, Json>)[key]!, config);
}

/** A configuration with another value at a place. */
function withValueAt(config: Json, path: Path, value: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(config)) {
    return config.with(key as number, withValueAt(config[key as number]!, rest, value));
  }
  const map = config as Record<string, Json>;
  return { ...map, [key]: withValueAt(map[key]!, rest, value) };
}

/** A configuration without what stands at a place, where anything does. */
function withoutValueAt<J extends Json>(config: J, [key, ...rest]: Path): J {
  if (typeof config !== "object" || config === null || !Object.hasOwn(config, key!)) return config;
  if (rest.length > 0) {
    const inner = (config as Readonly<Record<string, Json>>)[key!]!;
    return withValueAt(config, [key!], withoutValueAt(inner, rest)) as J;
  }
  if (Array.isArray(config)) return config.with(key as number, null) as Json as J;
  return Object.fromEntries(Object.entries(config).filter(([name]) => name !== String(key))) as J;
}
