/** Unrolls loops and spreads matrices out. @module */
import { LOOP_SCHEMA, STEP_SCHEMA } from "../../schemas/pipeline.ts";
import { Binder } from "./bind.ts";
import { checkSchema } from "./check.ts";
import { clip, type Location, show, suggest } from "./diagnostic.ts";
import type { Document, Json, JsonObject, Path } from "./document.ts";
import { interpolate, InterpolationError, type Variables } from "./interpolate.ts";
import type { Seed } from "./key.ts";
import { AXIS, labelOf, matrixLabel, NAME } from "./label.ts";
import { combinations, parseRange, rangeValues } from "./matrix.ts";
import type { Mistakes } from "./mistakes.ts";
import type { PlannedStep, Stages } from "./plan.ts";
import { Resolver } from "./resolve.ts";
import type { Entry, Instance, Labels, Resolved, Scope, Values } from "./scope.ts";
import type { Stage } from "./stage.ts";

/** Thrown when a plan has more steps than it may; it was told. */
export class TooManySteps extends Error {}

/** Lays the steps of a document out, in the order they run. */
export class Planner<S> {
  /** What was laid out. */
  readonly steps: PlannedStep<S>[] = [];
  readonly #document: Document;
  readonly #stages: Stages<S>;
  readonly #mistakes: Mistakes;
  readonly #resolver: Resolver;
  readonly #binder: Binder;
  readonly #most: number;
  /** Steps and iterations so far, wrong ones included. */
  #count = 0;

  /** @param most steps that the plan may have, in all */
  constructor(
    document: Document,
    stages: Stages<S>,
    directory: string,
    mistakes: Mistakes,
    most: number,
  ) {
    this.#document = document;
    this.#stages = stages;
    this.#mistakes = mistakes;
    this.#most = most;
    this.#resolver = new Resolver(mistakes);
    this.#binder = new Binder(document, directory, mistakes, this.#resolver);
  }

  /**
   * Lays out the steps of the pipeline.
   *
   * @throws {TooManySteps}
   */
  expand(steps: JsonObject, variables: Variables): void {
    const scope = { entries: new Map(), pending: steps, prefix: "", loops: [], found: new Map() };
    this.#expandSteps(steps, ["steps"], scope, variables);
  }

  #expandSteps(steps: JsonObject, path: Path, scope: Scope, variables: Variables): void {
    for (const [name, step] of Object.entries(steps)) {
      const here = [...path, name];
      this.#checkName(name, "a step", here);
      const looping = typeof step === "object" && step !== null && "loop" in step;
      const schema = looping ? LOOP_SCHEMA : STEP_SCHEMA;
      const problems = checkSchema(this.#document, schema, step, here);
      problems.forEach((problem) => this.#mistakes.add(problem));
      // A broken step still takes its name, so that what refers to it is not blamed.
      const entry: Entry = problems.length > 0
        ? { kind: "broken" }
        : looping
        ? this.#expandLoop(name, step as JsonObject, here, scope, variables)
        : this.#expandStep(name, step as JsonObject, here, scope, variables);
      scope.entries.set(name, entry);
    }
  }

  #checkName(name: string, what: string, path: Path): void {
    if (name === "prev") {
      const hint = "prev.name is what the iteration before yielded: use another name";
      this.#mistakes.tell(`prev is no name for ${what}`, this.#key(path), hint);
    } else if (!NAME.test(name)) {
      this.#mistakes.tell(
        `${clip(name, 80)} is no name for ${what}`,
        this.#key(path),
        "use a-z, 0-9 and _",
      );
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
    const yields = (step.yield ?? {}) as JsonObject, steps = step.steps as JsonObject;
    const times = this.#times(loop.times!, variables, [...path, "loop", "times"], steps);
    if (times === undefined) return { kind: "broken" };
    this.#checkCarry(carry, yields, path);
    let prev = this.#resolveAll(carry, [...path, "loop", "carry"], scope);
    const iterations: Scope[] = [];
    for (let index = 0; index < times; index++) {
      const inside: Scope = {
        entries: new Map(),
        pending: steps,
        prefix: `${scope.prefix}${name}[${index}].`,
        loops: [...scope.loops, index],
        parent: scope,
        prev,
        found: new Map(),
      };
      this.#take(1, [...path, "loop", "times"]);
      this.#expandSteps(steps, [...path, "steps"], inside, {
        ...variables,
        loop: { index, last: index === times - 1 },
      });
      iterations.push(inside);
      prev = this.#resolveAll(yields, [...path, "yield"], inside);
    }
    return { kind: "loop", iterations, yields: prev };
  }

  /** How often a loop runs; undefined when a mistake was told. */
  #times(given: Json, variables: Variables, path: Path, steps: JsonObject): number | undefined {
    const times = this.#interpolate(given, variables, path);
    if (times === undefined) return undefined;
    if (typeof times !== "number" || !Number.isSafeInteger(times) || times < 1) {
      const place = this.#document.locate(path);
      this.#mistakes.tell(`times is ${show(times)}`, place, "write a whole number, at least 1");
      return undefined;
    }
    this.#demand(times * (1 + Object.keys(steps).length), path);
    return times;
  }

  #resolveAll(references: JsonObject, path: Path, scope: Scope): Values {
    const values = new Map<string, Resolved | null | undefined>();
    for (const [name, text] of Object.entries(references)) {
      const place = () => this.#document.locate([...path, name]);
      values.set(name, text === null ? null : this.#resolver.resolve(text, scope, {}, place));
    }
    return values;
  }

  #checkCarry(carry: JsonObject, yields: JsonObject, path: Path): void {
    for (const name of Object.keys(carry)) {
      this.#checkName(name, "what is carried", [...path, "loop", "carry", name]);
      if (Object.hasOwn(yields, name)) continue;
      const place = this.#key([...path, "loop", "carry", name]);
      this.#mistakes.tell(`${name} is carried but not yielded`, place, `add ${name} to yield`);
    }
    for (const name of Object.keys(yields)) {
      this.#checkName(name, "what is yielded", [...path, "yield", name]);
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
      const hint = suggest(uses, Object.keys(this.#stages));
      this.#mistakes.tell(`unknown stage ${clip(uses, 80)}`, place, hint);
      return { kind: "broken" };
    }
    const axes = this.#axes((step.matrix ?? {}) as JsonObject, [...path, "matrix"], variables);
    if (axes === undefined) return { kind: "broken" };
    const location = this.#key(path), instances: Instance[] = [];
    for (const matrix of combinations(axes)) {
      this.#take(1, path);
      const id = `${scope.prefix}${name}${matrixLabel(matrix)}`;
      const labels: Labels = Object.fromEntries(
        Object.entries(matrix).map(([axis, value]) => [axis, labelOf(value)]),
      );
      this.#addStep(id, stage, step, path, scope, { ...variables, matrix }, labels, location);
      instances.push({ id, labels });
    }
    const { outputs } = stage;
    return { kind: "step", stage: stage.name, outputs, axes: Object.keys(axes), instances };
  }

  #addStep(
    id: string,
    stage: Stage<S>,
    step: JsonObject,
    path: Path,
    scope: Scope,
    variables: Variables,
    labels: Labels,
    location: Location,
  ): void {
    const config = this.#interpolate((step.with ?? {}) as Json, variables, [...path, "with"]);
    const seed = this.#seed(step, path, scope, variables);
    if (config === undefined || seed === undefined) return;
    const given = this.#interpolate((step.in ?? {}) as Json, variables, [...path, "in"]);
    if (given === undefined) return;
    const connected = given as JsonObject;
    const files = this.#binder.checkConfig(
      id,
      stage,
      config as Record<string, Json>,
      connected,
      path,
    );
    const inputs = this.#binder.bindInputs(stage, connected, path, scope, labels);
    const name = path.filter((_, i) => i % 2 === 1).join(".");
    const planned = {
      id,
      name,
      stage,
      config: config as JsonObject,
      files,
      seed,
      inputs,
      location,
    };
    this.steps.push(planned);
  }

  #seed(step: JsonObject, path: Path, scope: Scope, variables: Variables): Seed | undefined {
    const given = Object.hasOwn(step, "seed") ? step.seed! : "${seed}";
    const seed = this.#interpolate(given, variables, [...path, "seed"]);
    if (seed === undefined) return undefined;
    if (typeof seed !== "number" || !Number.isSafeInteger(seed)) {
      const place = this.#document.locate([...path, "seed"]);
      this.#mistakes.tell(`seed is ${show(seed)}`, place, "write a whole number");
      return undefined;
    }
    const matrix = variables.matrix as JsonObject;
    return {
      seed,
      ...(scope.loops.length > 0 ? { loops: scope.loops } : {}),
      ...(Object.keys(matrix).length > 0 ? { matrix } : {}),
    };
  }

  /** The values of a matrix's axes; undefined when a mistake was told. */
  #axes(matrix: JsonObject, path: Path, variables: Variables): Record<string, Json[]> | undefined {
    const axes: Record<string, Json[]> = {};
    let sound = true, product = 1;
    for (const [axis, given] of Object.entries(matrix)) {
      const here = [...path, axis];
      const values = AXIS.test(axis)
        ? this.#axisValues(axis, given, here, variables, product)
        : this.#mistakes.tell(
          `${clip(axis, 80)} is no name for an axis`,
          this.#key(here),
          "use letters, digits, _ and -",
        );
      if (values === undefined) sound = false;
      else {
        axes[axis] = values;
        product *= values.length;
      }
    }
    return sound ? axes : undefined;
  }

  #axisValues(
    axis: string,
    given: Json,
    path: Path,
    variables: Variables,
    others: number,
  ): Json[] | undefined {
    const value = this.#interpolate(given, variables, path);
    if (value === undefined) return undefined;
    const range = parseRange(value), place = () => this.#document.locate(path);
    const hint = "write a list, or a range such as 0..4";
    if (range === undefined && !Array.isArray(value)) {
      this.#mistakes.tell(`axis ${axis} is ${show(value)}`, place(), hint);
      return undefined;
    }
    const length = range?.length ?? (value as Json[]).length;
    if (length === 0) {
      this.#mistakes.tell(`axis ${axis} has no values`, place(), hint);
      return undefined;
    }
    this.#demand(others * length, path);
    return range !== undefined
      ? rangeValues(range)
      : this.#areDifferent(axis, value as Json[], path)
      ? value as Json[]
      : undefined;
  }

  /** Runs with equal values would be one run under one name. */
  #areDifferent(axis: string, values: readonly Json[], path: Path): boolean {
    const first = new Map<string, number>();
    for (const [i, value] of values.entries()) {
      const label = labelOf(value), before = first.get(label);
      if (before === undefined) {
        first.set(label, i);
        continue;
      }
      this.#mistakes.tell(
        `axis ${axis} has the value ${show(value)} twice`,
        this.#document.locate([...path, i]),
        `give each run a value of its own, such as 0..${values.length}`,
      );
      return false;
    }
    return true;
  }

  /** Refuses what would lay out too much before any of it is. */
  #demand(count: number, path: Path): void {
    if (this.#count + count > this.#most) this.#tooMany(this.#count + count, path);
  }

  #take(count: number, path: Path): void {
    this.#count += count;
    if (this.#count > this.#most) this.#tooMany(this.#count, path);
  }

  #tooMany(count: number, path: Path): never {
    const hint = `lower it, or set max_steps at the top of the file (it is ${this.#most})`;
    const place = this.#document.locate(path);
    this.#mistakes.tell(`the plan would have ${count} steps and iterations or more`, place, hint);
    throw new TooManySteps();
  }

  /** @returns undefined when a mistake was told */
  #interpolate(value: Json, variables: Variables, path: Path): Json | undefined {
    try {
      return interpolate(value, variables);
    } catch (error) {
      if (!(error instanceof InterpolationError)) throw error;
      const place = this.#document.locate([...path, ...error.path]);
      this.#mistakes.tell(error.message, place, error.hint);
      return undefined;
    }
  }

  #key(path: Path): Location {
    return this.#document.locateKey(path) ?? this.#document.locate(path);
  }
}
