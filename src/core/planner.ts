/** Unrolls loops and spreads matrices out. @module */
import { LOOP_SCHEMA, STEP_SCHEMA } from "../../schemas/pipeline.ts";
import { axesOf } from "./axes.ts";
import { Binder } from "./bind.ts";
import { checkSchema } from "./check.ts";
import { clip, type Location, show } from "./diagnostic.ts";
import type { Document, Json, JsonObject, Path } from "./document.ts";
import type { Variables } from "./interpolate.ts";
import type { Seed } from "./key.ts";
import { labelOf, matrixLabel, NAME } from "./label.ts";
import type { Library, Located, ModuleUse } from "./library.ts";
import { combinations } from "./matrix.ts";
import type { Mistakes } from "./mistakes.ts";
import type { PlannedStep } from "./planned.ts";
import { Reader } from "./reader.ts";
import { Resolver } from "./resolve.ts";
import type { Entry, Inherited, Instance, Labels, Resolved, Scope, Values } from "./scope.ts";
import { SettingsChecker } from "./settings.ts";
import type { Stage } from "./stage.ts";
import { StepLimit } from "./step_limit.ts";

/** Lays the steps of a document out, in the order they run. */
export class Planner<S> {
  /** What was laid out. */
  readonly steps: PlannedStep<S>[] = [];
  readonly #reader: Reader;
  readonly #library: Library<S>;
  readonly #resolver: Resolver;
  readonly #settings: SettingsChecker<S>;
  readonly #binder: Binder;
  readonly #limit: StepLimit;

  /**
   * @param directory what paths in the pipeline are relative to
   * @param most steps that the plan may have, in all
   */
  constructor(
    document: Document,
    library: Library<S>,
    directory: string,
    mistakes: Mistakes,
    most: number,
  ) {
    this.#reader = new Reader(document, mistakes);
    this.#library = library;
    this.#limit = new StepLimit(this.#reader, most);
    this.#resolver = new Resolver(mistakes);
    this.#settings = new SettingsChecker(document, library, directory, mistakes);
    this.#binder = new Binder(document, mistakes, this.#resolver);
  }

  /** Modules of the user's that have to be loaded before all steps can be laid out. */
  get modules(): readonly ModuleUse[] {
    return this.#settings.modules;
  }

  /**
   * Lays out the steps of a pipeline.
   *
   * @throws {TooManySteps}
   */
  expand(pipeline: JsonObject, variables: Variables): void {
    const steps = pipeline.steps as JsonObject,
      scope: Scope = {
        entries: new Map(),
        pending: steps,
        prefix: "",
        inherited: inheritedOf(pipeline, ["with"]),
        loops: [],
        found: new Map(),
      };
    this.#expandSteps(steps, ["steps"], scope, variables);
    this.#checkTaken(scope.inherited);
  }

  #expandSteps(steps: JsonObject, path: Path, scope: Scope, variables: Variables): void {
    const { document, mistakes } = this.#reader;
    for (const [name, step] of Object.entries(steps)) {
      const here = [...path, name];
      this.#checkName(name, "a step", here);
      const looping = typeof step === "object" && step !== null && "loop" in step;
      const schema = looping ? LOOP_SCHEMA : STEP_SCHEMA;
      const problems = checkSchema(document, schema, step, (at) => [...here, ...at]);
      problems.forEach((problem) => mistakes.add(problem));
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
      this.#reader.tellKey(`prev is no name for ${what}`, path, hint);
    } else if (!NAME.test(name)) {
      const message = `${clip(name, 80)} is no name for ${what}`;
      this.#reader.tellKey(message, path, "use a-z, 0-9 and _");
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
    const inherited = [...scope.inherited, ...inheritedOf(step, [...path, "with"])];
    const iterations: Scope[] = [];
    for (let index = 0; index < times; index++) {
      const inside: Scope = {
        entries: new Map(),
        pending: steps,
        prefix: `${scope.prefix}${name}[${index}].`,
        inherited,
        loops: [...scope.loops, index],
        parent: scope,
        prev,
        found: new Map(),
      };
      this.#limit.take(1, [...path, "loop", "times"]);
      this.#expandSteps(steps, [...path, "steps"], inside, {
        ...variables,
        loop: { index, last: index === times - 1 },
      });
      iterations.push(inside);
      prev = this.#resolveAll(yields, [...path, "yield"], inside);
    }
    this.#checkTaken(inherited.slice(scope.inherited.length));
    return { kind: "loop", iterations, yields: prev };
  }

  /** How often a loop runs; undefined when a mistake was told. */
  #times(given: Json, variables: Variables, path: Path, steps: JsonObject): number | undefined {
    const times = this.#interpolate(given, variables, path);
    if (times === undefined) return undefined;
    if (typeof times !== "number" || !Number.isSafeInteger(times) || times < 1) {
      return this.#reader.tell(`times is ${show(times)}`, path, "write a whole number, at least 1");
    }
    this.#limit.demand(times * (1 + Object.keys(steps).length), path);
    return times;
  }

  #resolveAll(references: JsonObject, path: Path, scope: Scope): Values {
    const values = new Map<string, Resolved | null | undefined>();
    for (const [name, text] of Object.entries(references)) {
      const place = () => this.#reader.document.locate([...path, name]);
      values.set(name, text === null ? null : this.#resolver.resolve(text, scope, {}, place));
    }
    return values;
  }

  #checkCarry(carry: JsonObject, yields: JsonObject, path: Path): void {
    for (const name of Object.keys(carry)) {
      this.#checkName(name, "what is carried", [...path, "loop", "carry", name]);
      if (Object.hasOwn(yields, name)) continue;
      const place = [...path, "loop", "carry", name];
      this.#reader.tellKey(`${name} is carried but not yielded`, place, `add ${name} to yield`);
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
    const found = this.#settings.find(
      "stage",
      uses,
      this.#reader.document.locate([...path, "uses"]),
      (name) => this.#library.stage(name),
    );
    if (found === undefined) return { kind: "broken" };
    const matrix = (step.matrix ?? {}) as JsonObject;
    const axes = axesOf(matrix, [...path, "matrix"], variables, this.#reader, this.#limit);
    if (axes === undefined) return { kind: "broken" };
    const location = this.#reader.key(path), instances: Instance[] = [];
    for (const matrix of combinations(axes)) {
      this.#limit.take(1, path);
      const id = `${scope.prefix}${name}${matrixLabel(matrix)}`;
      const labels: Labels = Object.fromEntries(
        Object.entries(matrix).map(([axis, value]) => [axis, labelOf(value)]),
      );
      this.#addStep(id, found, step, path, scope, { ...variables, matrix }, labels, location);
      instances.push({ id, labels });
    }
    const { name: stage, outputs } = found.definition;
    return { kind: "step", stage, outputs, axes: Object.keys(axes), instances };
  }

  #addStep(
    id: string,
    { definition: stage, url }: Located<Stage<S>>,
    step: JsonObject,
    path: Path,
    scope: Scope,
    variables: Variables,
    labels: Labels,
    location: Location,
  ): void {
    const { values, place } = settingsOf(step, path, stage, scope.inherited);
    const config = this.#reader.interpolate(values, variables, place);
    const seed = this.#seed(step, path, scope, variables);
    if (config === undefined || seed === undefined) return;
    const given = this.#interpolate((step.in ?? {}) as Json, variables, [...path, "in"]);
    if (given === undefined) return;
    const connected = given as JsonObject, settings = config as Record<string, Json>;
    const named = this.#settings.check(stage, settings, connected, place);
    const inputs = this.#binder.bindInputs(stage, connected, path, scope, labels);
    const name = path.filter((_, i) => i % 2 === 1).join(".");
    this.steps.push({ id, name, stage, url, config: settings, ...named, seed, inputs, location });
  }

  #seed(step: JsonObject, path: Path, scope: Scope, variables: Variables): Seed | undefined {
    const given = Object.hasOwn(step, "seed") ? step.seed! : "${seed}";
    const seed = this.#interpolate(given, variables, [...path, "seed"]);
    if (seed === undefined) return undefined;
    if (typeof seed !== "number" || !Number.isSafeInteger(seed)) {
      return this.#reader.tell(`seed is ${show(seed)}`, [...path, "seed"], "write a whole number");
    }
    const matrix = variables.matrix as JsonObject;
    return {
      seed,
      ...(scope.loops.length > 0 ? { loops: scope.loops } : {}),
      ...(Object.keys(matrix).length > 0 ? { matrix } : {}),
    };
  }

  #interpolate(value: Json, variables: Variables, path: Path): Json | undefined {
    return this.#reader.interpolate(value, variables, (at) => [...path, ...at]);
  }

  /** A setting that no step has is a mistake in its name. */
  #checkTaken(inherited: readonly Inherited[]): void {
    if (this.modules.length > 0) return; // the steps that have it may be theirs
    for (const { values, path, taken } of inherited) {
      for (const name of Object.keys(values)) {
        if (taken.has(name)) continue;
        const message = `no step below has a setting ${clip(name, 80)}`;
        this.#reader.tellKey(message, [...path, name], "leave it out, or mend its name");
      }
    }
  }
}

/** The settings that a pipeline or a loop has for the steps below. */
function inheritedOf(around: JsonObject, path: Path): Inherited[] {
  const values = around.with as JsonObject | undefined;
  return values === undefined ? [] : [{ values, path, taken: new Set() }];
}

/** A step's settings, and where each stands: its own, and what it inherits. */
function settingsOf(
  step: JsonObject,
  path: Path,
  stage: { readonly config: { readonly properties: object } },
  inherited: readonly Inherited[],
): { readonly values: JsonObject; readonly place: (at: Path) => Path } {
  const own = (step.with ?? {}) as JsonObject, values: Record<string, Json> = {};
  const from = new Map<string, Path>();
  for (const around of inherited) {
    for (const [name, value] of Object.entries(around.values)) {
      if (!Object.hasOwn(stage.config.properties, name)) continue;
      around.taken.add(name);
      if (Object.hasOwn(own, name)) continue;
      values[name] = value;
      from.set(name, around.path);
    }
  }
  Object.assign(values, own);
  const place = (at: Path) => {
    if (at.length === 0) return path;
    return [...from.get(String(at[0])) ?? [...path, "with"], ...at];
  };
  return { values, place };
}
