/**
 * From a document to a plan: steps in the order they run, loops unrolled, matrices spread out, every
 * reference resolved to an output of an earlier step, every configuration checked against its stage.
 *
 * @module
 */
import { resolve as resolvePath } from "node:path";
import { LOOP_SCHEMA, PIPELINE_SCHEMA, STEP_SCHEMA } from "../../schemas/pipeline.ts";
import type { ObjectSchema } from "../../schemas/infer.ts";
import { type Diagnostic, DiagnosticError, type Location, suggest } from "./diagnostic.ts";
import type { Document, Json, JsonObject, Path } from "./document.ts";
import { checkSchema, unique } from "./check.ts";
import { axisValues, combinations } from "./matrix.ts";
import { interpolate, InterpolationError, type Variables } from "./interpolate.ts";
import { type Entry, type Instance, Resolver, type Scope } from "./resolve.ts";
import { parsePort, type Stage } from "./stage.ts";

/** An output of a step; `index` picks an item of a list. */
export interface OutputRef {
  /** Id of the step. */
  readonly step: string;
  /** Name of the output port. */
  readonly port: string;
  /** Item of a list. */
  readonly index?: number;
}

/** What an input port reads. A list may be made of many outputs, or be one list output. */
export interface Binding {
  /** Whether the port takes a list. */
  readonly list: boolean;
  /** The outputs, in order. */
  readonly sources: readonly OutputRef[];
}

/** One run of a stage. */
export interface PlannedStep<S> {
  /** Stable name, such as `meta[0].students@dataset=1,repeat=0`. */
  readonly id: string;
  /** What it runs. */
  readonly stage: Stage<S>;
  /** Complete: defaults filled in, paths absolute. */
  readonly config: JsonObject;
  /** Configuration keys that name files, whose contents count in the key instead of their names. */
  readonly files: readonly string[];
  /** Derives from the pipeline's seed and the id. */
  readonly seed: string;
  /** What each connected input reads. */
  readonly inputs: Readonly<Record<string, Binding>>;
  /** Where it stands in the file. */
  readonly location: Location;
}

/** A checked pipeline. */
export interface Plan<S> {
  /** Of the pipeline. */
  readonly name: string;
  /** Where graphs run, as the pipeline says. */
  readonly device: string;
  /** In the order they run. */
  readonly steps: readonly PlannedStep<S>[];
}

/** The stages a pipeline can use, by name. */
export type Stages<S> = Readonly<Record<string, Stage<S>>>;

/**
 * Checks a document and lays out its steps.
 *
 * @param directory what paths in the pipeline are relative to
 * @throws {DiagnosticError} with everything that is wrong
 */
export function makePlan<S>(document: Document, stages: Stages<S>, directory: string): Plan<S> {
  const pipeline = document.value;
  const frame = checkSchema(document, PIPELINE_SCHEMA, pipeline, []);
  if (frame.length > 0) throw new DiagnosticError(frame);
  const { name, device, seed, params = {}, steps } = pipeline as JsonObject;
  const planner = new Planner(document, stages, directory, seed as number);
  const scope: Scope = { entries: new Map(), pending: steps as JsonObject, prefix: "" };
  planner.expandSteps(steps as JsonObject, ["steps"], scope, {
    params: params as Json,
    seed: seed!,
  });
  const diagnostics = unique(planner.diagnostics);
  if (diagnostics.length > 0) throw new DiagnosticError(diagnostics);
  return { name: name as string, device: device as string, steps: planner.steps };
}

class Planner<S> {
  readonly diagnostics: Diagnostic[] = [];
  readonly steps: PlannedStep<S>[] = [];
  readonly #document: Document;
  readonly #stages: Stages<S>;
  readonly #directory: string;
  readonly #seed: number;
  readonly #resolver: Resolver;

  constructor(document: Document, stages: Stages<S>, directory: string, seed: number) {
    this.#document = document;
    this.#stages = stages;
    this.#directory = directory;
    this.#seed = seed;
    this.#resolver = new Resolver((diagnostic) => this.diagnostics.push(diagnostic));
  }

  expandSteps(steps: JsonObject, path: Path, scope: Scope, variables: Variables): void {
    for (const [name, step] of Object.entries(steps)) {
      const here = [...path, name];
      if (!/^[a-z][a-z0-9_]*$/.test(name)) {
        this.#report(`${name} is no name for a step`, this.#key(here), "use a-z, 0-9 and _");
      }
      const looping = typeof step === "object" && step !== null && "loop" in step;
      const problems = checkSchema(
        this.#document,
        looping ? LOOP_SCHEMA : STEP_SCHEMA,
        step,
        here,
      );
      this.diagnostics.push(...problems);
      // A broken step still takes its name, so that what refers to it is not blamed.
      const entry: Entry = problems.length > 0
        ? { kind: "broken" }
        : looping
        ? this.#expandLoop(name, step as JsonObject, here, scope, variables)
        : this.#expandStep(name, step as JsonObject, here, scope, variables);
      scope.entries.set(name, entry);
    }
  }

  #expandLoop(
    name: string,
    step: JsonObject,
    path: Path,
    scope: Scope,
    variables: Variables,
  ): Entry {
    const loop = step.loop as JsonObject, carry = (loop.carry ?? {}) as JsonObject;
    const yields = (step.yield ?? {}) as JsonObject;
    const times = this.#interpolate(loop.times!, variables, [...path, "loop", "times"]);
    if (times === undefined) return { kind: "broken" };
    if (!Number.isInteger(times) || (times as number) < 1) {
      const place = this.#document.locate([...path, "loop", "times"]);
      this.#report(`times is ${JSON.stringify(times)}`, place, "write a whole number, at least 1");
      return { kind: "broken" };
    }
    this.#checkCarry(carry, yields, path);
    const resolveAll = (references: JsonObject, key: Path, inside: Scope) =>
      new Map(
        Object.entries(references).map(([port, text]) => {
          const place = this.#document.locate([...key, port]);
          return [port, text === null ? null : this.#resolver.resolve(text, inside, {}, place)];
        }),
      );
    let prev = resolveAll(carry, [...path, "loop", "carry"], scope);
    const iterations: Scope[] = [];
    for (let index = 0; index < (times as number); index++) {
      const inside: Scope = {
        entries: new Map(),
        pending: step.steps as JsonObject,
        prefix: `${scope.prefix}${name}[${index}].`,
        parent: scope,
        prev,
      };
      this.expandSteps(step.steps as JsonObject, [...path, "steps"], inside, {
        ...variables,
        loop: { index, last: index === (times as number) - 1 },
      });
      iterations.push(inside);
      prev = resolveAll(yields, [...path, "yield"], inside);
    }
    return { kind: "loop", iterations, yields: prev };
  }

  #checkCarry(carry: JsonObject, yields: JsonObject, path: Path): void {
    for (const name of Object.keys(carry)) {
      if (name in yields) continue;
      const place = this.#key([...path, "loop", "carry", name]);
      this.#report(`${name} is carried but not yielded`, place, `add ${name} to yield`);
    }
  }

  #expandStep(
    name: string,
    step: JsonObject,
    path: Path,
    scope: Scope,
    variables: Variables,
  ): Entry {
    const uses = step.uses as string;
    const stage = Object.hasOwn(this.#stages, uses) ? this.#stages[uses] : undefined;
    if (stage === undefined) {
      const place = this.#document.locate([...path, "uses"]);
      this.#report(`unknown stage ${uses}`, place, suggest(uses, Object.keys(this.#stages)));
      return { kind: "broken" };
    }
    const axes = this.#axes((step.matrix ?? {}) as JsonObject, [...path, "matrix"], variables);
    const instances: Instance[] = combinations(axes).map((matrix) => {
      const label = Object.entries(matrix).map(([axis, value]) => `${axis}=${value}`).join(",");
      const id = `${scope.prefix}${name}${label === "" ? "" : `@${label}`}`;
      this.#addStep(id, stage, step, path, scope, { ...variables, matrix });
      return { id, matrix };
    });
    return {
      kind: "step",
      stage: stage.name,
      outputs: stage.outputs,
      axes: Object.keys(axes),
      instances,
    };
  }

  #addStep(
    id: string,
    stage: Stage<S>,
    step: JsonObject,
    path: Path,
    scope: Scope,
    variables: Variables,
  ): void {
    const given = this.#interpolate((step.with ?? {}) as Json, variables, [...path, "with"]);
    if (given === undefined) return;
    const config = structuredClone(given) as Record<string, Json>;
    const mistakes = checkSchema(this.#document, stage.config, config, [...path, "with"], path);
    this.diagnostics.push(...mistakes);
    if (mistakes.length === 0) {
      this.#checkConfig(stage, config, (step.in ?? {}) as JsonObject, path);
    }
    const files = this.#resolveFiles(stage.config, config, path);
    const inputs = this.#bindInputs(stage, (step.in ?? {}) as JsonObject, path, scope, variables);
    const location = this.#key(path);
    const seed = `${this.#seed}/${id}`;
    this.steps.push({ id, stage, config, files, seed, inputs, location });
  }

  #checkConfig(stage: Stage<S>, config: JsonObject, given: JsonObject, path: Path): void {
    for (const { key, message, hint } of stage.check?.(config, new Set(Object.keys(given))) ?? []) {
      const place = this.#document.locateKey([...path, "with", key]) ?? this.#key(path);
      this.#report(message, place, hint);
    }
  }

  #bindInputs(
    stage: Stage<S>,
    given: JsonObject,
    path: Path,
    scope: Scope,
    variables: Variables,
  ): Record<string, Binding> {
    const ports = Object.keys(stage.inputs);
    for (const name of Object.keys(given)) {
      if (ports.includes(name)) continue;
      const place = this.#key([...path, "in", name]);
      this.#report(`stage ${stage.name} has no input ${name}`, place, suggest(name, ports));
    }
    const inputs: Record<string, Binding> = {};
    for (const [name, spec] of Object.entries(stage.inputs)) {
      const port = parsePort(spec);
      const text = given[name];
      if (text === undefined) {
        if (port.optional) continue;
        const place = this.#key("in" in (this.#at(path) ?? {}) ? [...path, "in"] : path);
        this.#report(
          `input ${name} of stage ${stage.name} is not connected`,
          place,
          `add ${name}: a reference to something of kind ${spec}`,
        );
        continue;
      }
      const place = this.#document.locate([...path, "in", name]);
      const reference = this.#interpolate(text, variables, [...path, "in", name]);
      if (reference === undefined) continue;
      const matrix = (variables.matrix ?? {}) as JsonObject;
      const resolved = this.#resolver.resolve(reference, scope, matrix, place);
      if (resolved === undefined) continue;
      if (resolved === null) {
        if (!port.optional) {
          const hint = "give it a first value under loop.carry";
          this.#report(`${reference} is nothing in the first iteration`, place, hint);
        }
        continue;
      }
      if (resolved.kind !== port.kind || (resolved.list && !port.list)) {
        const has = `${resolved.kind}${resolved.list ? "[]" : ""}`;
        this.#report(
          `input ${name} of stage ${stage.name} takes ${spec}, ${reference} is ${has}`,
          place,
          resolved.kind === port.kind ? "pick one with [0]" : "refer to another output",
        );
        continue;
      }
      inputs[name] = { list: port.list, sources: resolved.sources };
    }
    return inputs;
  }

  #resolveFiles(schema: ObjectSchema, config: Record<string, Json>, path: Path): string[] {
    const keys = Object.entries(schema.properties)
      .filter(([key, property]) => "format" in property && typeof config[key] === "string")
      .map(([key]) => key);
    for (const key of keys) {
      const file = resolvePath(this.#directory, config[key] as string);
      try {
        Deno.statSync(file);
      } catch {
        const place = this.#document.locate([...path, "with", key]);
        this.#report(`no file or directory ${config[key]}`, place, `looked for ${file}`);
      }
      config[key] = file;
    }
    return keys;
  }

  #axes(matrix: JsonObject, path: Path, variables: Variables): Record<string, Json[]> {
    const axes: Record<string, Json[]> = {};
    for (const [axis, given] of Object.entries(matrix)) {
      const value = this.#interpolate(given, variables, [...path, axis]);
      if (value === undefined) continue;
      axes[axis] = axisValues(value);
      if (axes[axis].length === 0) {
        const place = this.#document.locate([...path, axis]);
        this.#report(`axis ${axis} has no values`, place, "write a list, or a range such as 0..4");
      }
    }
    return axes;
  }

  /** @returns undefined when a mistake was told */
  #interpolate(value: Json, variables: Variables, path: Path): Json | undefined {
    try {
      return interpolate(value, variables);
    } catch (error) {
      if (!(error instanceof InterpolationError)) throw error;
      this.#report(error.message, this.#document.locate([...path, ...error.path]), error.hint);
      return undefined;
    }
  }

  #at(path: Path): JsonObject | undefined {
    let value: Json | undefined = this.#document.value;
    for (const part of path) value = (value as JsonObject | undefined)?.[part];
    return value as JsonObject | undefined;
  }

  #key(path: Path): Location {
    return this.#document.locateKey(path) ?? this.#document.locate(path);
  }

  #report(message: string, location: Location, hint: string): void {
    this.diagnostics.push({ message, location, hint });
  }
}
