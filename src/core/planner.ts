/** Lays steps out: spreads matrices, checks settings, connects inputs. Loops are unrolled in `loops.ts`. @module */
import {
  LOOP_SCHEMA,
  type PipelineFrame,
  STEP_SCHEMA,
  type StepFrame,
} from "../../schemas/pipeline.ts";
import { ONE_ATTEMPT, readAllowance } from "./allowance.ts";
import { axesOf } from "./axes.ts";
import { Binder } from "./bind.ts";
import { readAs } from "./check.ts";
import { type Location, show } from "./diagnostic.ts";
import type { Document, Json, JsonObject, Path } from "./document.ts";
import { inheritedOf, settingsOf, tellUntaken } from "./inherited.ts";
import type { Variables } from "./interpolate.ts";
import type { Seed } from "./key.ts";
import { labelsOf, matrixLabel } from "./label.ts";
import type { Library, Located, ModuleUse } from "./library.ts";
import { LoopPlanner } from "./loops.ts";
import { combinations } from "./matrix.ts";
import type { Misplaced } from "./misplaced.ts";
import type { Mistakes } from "./mistakes.ts";
import { Names } from "./names.ts";
import { isMap } from "./node.ts";
import type { EndingLoop, PlannedStep } from "./planned.ts";
import { readPermissions } from "./permissions.ts";
import { Reader } from "./reader.ts";
import { readResources } from "./resources.ts";
import { Resolver } from "./resolve.ts";
import type { Entry, Instance, Labels, Scope } from "./scope.ts";
import { SettingsChecker } from "./settings.ts";
import type { Stage } from "./stage.ts";
import { StepLimit } from "./step_limit.ts";

/** A step as written, and what it runs. */
interface Written<S> {
  readonly frame: StepFrame;
  readonly path: Path;
  readonly location: Location;
  readonly found: Located<Stage<S>>;
}

/** One run of a step's matrix, with the values of loops around. */
interface Run {
  readonly id: string;
  readonly matrix: JsonObject;
  readonly labels: Labels;
}

/** Lays the steps of a document out, in the order they run. */
export class Planner<S> {
  /** What was laid out. */
  readonly steps: PlannedStep<S>[] = [];
  readonly #reader: Reader;
  readonly #misplaced: Misplaced<S>;
  readonly #names: Names;
  readonly #library: Library<S>;
  readonly #settings: SettingsChecker<S>;
  readonly #binder: Binder;
  readonly #resolver: Resolver;
  readonly #limit: StepLimit;
  readonly #loops: LoopPlanner;

  /**
   * @param directory what paths in the pipeline are relative to, where its file does not tell
   */
  constructor(
    document: Document,
    library: Library<S>,
    directory: string,
    mistakes: Mistakes,
    { misplaced, wrong, most }: {
      /** Says where keys belong that mean nothing where they stand. */
      readonly misplaced: Misplaced<S>;
      /** Names of parameters with mistakes, which were told. */
      readonly wrong: ReadonlySet<string>;
      /** Steps that the plan may have, in all. */
      readonly most: number;
    },
  ) {
    this.#reader = new Reader(document, mistakes, wrong);
    this.#misplaced = misplaced;
    this.#names = new Names(this.#reader);
    this.#library = library;
    this.#limit = new StepLimit(this.#reader, most);
    this.#resolver = new Resolver(mistakes);
    this.#settings = new SettingsChecker(document, library, directory, mistakes);
    this.#binder = new Binder(document, mistakes, this.#resolver);
    this.#loops = new LoopPlanner(
      this.#reader,
      this.#names,
      this.#resolver,
      this.#limit,
      misplaced,
      this.#expandSteps.bind(this),
    );
  }

  /** Modules of the user's that have to be loaded before all steps can be laid out. */
  get modules(): readonly ModuleUse[] {
    return this.#settings.modules;
  }

  /** Loops that may end early. */
  get loops(): readonly EndingLoop[] {
    return this.#loops.endings;
  }

  /**
   * Lays out the steps of a pipeline.
   *
   * @throws {TooManySteps}
   */
  expand(frame: PipelineFrame, variables: Variables): void {
    const { steps, with: settings } = frame;
    const inherited = inheritedOf(settings, ["with"]);
    const allowance = readAllowance(frame, [], ONE_ATTEMPT, variables, this.#reader) ?? ONE_ATTEMPT;
    const scope: Scope = {
      entries: new Map(),
      pending: steps,
      prefix: "",
      inherited,
      allowance,
      loops: [],
      when: [],
      matrix: {},
      labels: {},
      found: new Map(),
    };
    this.#expandSteps(steps, ["steps"], scope, variables);
    if (!this.#isWaiting()) tellUntaken(inherited, this.#reader, this.#misplaced);
  }

  /** Whether steps wait for modules, which may have whatever settings. */
  #isWaiting(): boolean {
    return this.modules.length > 0;
  }

  #expandSteps(steps: JsonObject, path: Path, scope: Scope, variables: Variables): void {
    for (const [name, step] of Object.entries(steps)) {
      const here = [...path, name];
      this.#names.check(name, "a step", here);
      scope.entries.set(name, this.#expandAny(name, step, here, scope, variables));
    }
  }

  /** A broken step still takes its name, so that what refers to it is not blamed. */
  #expandAny(name: string, step: Json, path: Path, scope: Scope, variables: Variables): Entry {
    const { document } = this.#reader;
    const elsewhere = (key: string, location: Location) =>
      this.#misplaced.inStep(key, location, path);
    if (isMap(step) && ("loop" in step || "steps" in step)) {
      const frame = readAs(document, LOOP_SCHEMA, step, path, elsewhere);
      if (frame.kind === "wrong") return this.#broken(frame.mistakes);
      const written = { name, frame: frame.value, path };
      return this.#loops.expand(written, scope, variables, () => this.#isWaiting());
    }
    const frame = readAs(document, STEP_SCHEMA, step, path, elsewhere);
    if (frame.kind === "wrong") return this.#broken(frame.mistakes);
    return this.#expandStep(name, frame.value, path, scope, variables);
  }

  #broken(mistakes: readonly Parameters<Mistakes["add"]>[0][]): Entry {
    for (const mistake of mistakes) this.#reader.mistakes.add(mistake);
    return { kind: "broken" };
  }

  #expandStep(
    name: string,
    frame: StepFrame,
    path: Path,
    scope: Scope,
    variables: Variables,
  ): Entry {
    const found = this.#findStage(frame.uses, [...path, "uses"], variables);
    if (found === undefined) return { kind: "broken" };
    const at = [...path, "matrix"];
    const axes = axesOf(frame.matrix ?? {}, at, variables, this.#reader, this.#limit);
    if (axes === undefined || !this.#names.areNew(axes, scope, at)) return { kind: "broken" };
    const written = { frame, path, found, location: this.#reader.key(path) };
    const instances: Instance[] = [];
    for (const values of combinations(axes)) {
      this.#limit.take(1, path);
      const id = `${scope.prefix}${name}${matrixLabel(values)}`;
      const matrix = { ...scope.matrix, ...values }, labels = labelsOf(matrix);
      this.#addStep(written, { id, matrix, labels }, scope, { ...variables, matrix });
      instances.push({ id, labels });
    }
    const { name: stage, outputs } = found.definition;
    return { kind: "step", stage, outputs, axes: Object.keys(axes), instances };
  }

  /** The stage that a step names; undefined when a mistake was told, or its module is not loaded. */
  #findStage(written: string, path: Path, variables: Variables): Located<Stage<S>> | undefined {
    const uses = this.#reader.interpolate(written, variables, () => path);
    if (uses === undefined) return undefined;
    if (typeof uses !== "string") {
      return this.#reader.tell(`${show(uses)} names no stage`, path, "write the name of one");
    }
    const location = this.#reader.document.locateWritten(path);
    return this.#settings.find("stage", uses, path, location, (name) => this.#library.stage(name));
  }

  #addStep(
    { frame, path, location, found: { definition: stage, url } }: Written<S>,
    { id, matrix, labels }: Run,
    scope: Scope,
    variables: Variables,
  ): void {
    const { values, place } = settingsOf(frame.with ?? {}, path, stage, scope.inherited);
    const config = this.#reader.settings(values, variables, place);
    const seed = this.#seed(frame, path, scope, matrix, variables);
    const allowance = readAllowance(frame, path, scope.allowance, variables, this.#reader);
    const resources = readResources(
      frame.resources,
      [...path, "resources"],
      stage.resources,
      variables,
      this.#reader,
    );
    const permissions = frame.permissions === undefined ? "all" : readPermissions(
      frame.permissions,
      [...path, "permissions"],
      variables,
      this.#reader,
      (written, at) => this.#settings.absolute(written, at),
    );
    if (config === undefined || seed === undefined || permissions === undefined) return;
    if (allowance === undefined || resources === undefined) return;
    const connected = this.#reader.interpolate(
      frame.in ?? {},
      variables,
      (at) => [...path, "in", ...at],
    );
    if (connected === undefined) return;
    const { made, ...checked } = this.#settings.check(
      stage,
      config,
      connected,
      place,
      { id, location, url },
    );
    this.#resolver.expect(id, made);
    const inputs = this.#binder.bindInputs(stage, connected, path, scope, labels);
    const name = path.filter((_, i) => i % 2 === 1).join("."), { when } = scope;
    const { document } = this.#reader;
    const written = {
      with: place,
      seed: () => Object.hasOwn(frame, "seed") ? [...path, "seed"] : ["seed"],
      uses: () => [...path, "uses"],
    };
    const locate: PlannedStep<S>["locate"] = (part, inside = []) => {
      const isThere = document.locateKey(written[part](inside.slice(0, 1))) !== undefined;
      return isThere ? document.locateWritten(written[part](inside)) : undefined;
    };
    const narrowed = permissions === "all" ? {} : { permissions };
    const known = { id, name, stage, url, location, locate };
    this.steps.push({
      ...known,
      ...checked,
      seed,
      inputs,
      when,
      allowance,
      resources,
      ...narrowed,
    });
  }

  #seed(
    frame: StepFrame,
    path: Path,
    scope: Scope,
    matrix: JsonObject,
    variables: Variables,
  ): Seed | undefined {
    const at = [...path, "seed"];
    const seed = this.#reader.interpolate(
      Object.hasOwn(frame, "seed") ? frame.seed! : "${seed}",
      variables,
      (inside) => [...at, ...inside],
    );
    if (seed === undefined) return undefined;
    if (typeof seed !== "number" || !Number.isSafeInteger(seed)) {
      return this.#reader.tell(`seed is ${show(seed)}`, at, "write a whole number");
    }
    return {
      seed,
      ...(scope.loops.length > 0 ? { loops: scope.loops } : {}),
      ...(Object.keys(matrix).length > 0 ? { matrix } : {}),
    };
  }
}
