/** Unrolls loops. @module */
import type { LoopFrame } from "../../schemas/pipeline.ts";
import { readAllowance } from "./allowance.ts";
import { axesOf } from "./axes.ts";
import { show } from "./diagnostic.ts";
import type { Json, JsonObject, Path } from "./document.ts";
import { inheritedOf, tellUntaken } from "./inherited.ts";
import type { Variables } from "./interpolate.ts";
import { labelsOf, matrixLabel } from "./label.ts";
import { combinations } from "./matrix.ts";
import type { Misplaced } from "./misplaced.ts";
import type { Names } from "./names.ts";
import type { EndingLoop } from "./planned.ts";
import type { Reader } from "./reader.ts";
import type { Resolver } from "./resolve.ts";
import {
  type Entry,
  type Labels,
  type LoopRun,
  type Meaning,
  NOTHING,
  type Scope,
  type Values,
} from "./scope.ts";
import type { StepLimit } from "./step_limit.ts";
import { readUntil, type Until } from "./until.ts";

/** Lays out the steps of a level. */
export type Level = (steps: JsonObject, path: Path, scope: Scope, variables: Variables) => void;

/** A loop as written, and where. */
interface Written {
  readonly name: string;
  readonly frame: LoopFrame;
  readonly path: Path;
}

/** One run of a loop's matrix: its values, and the level that it stands in. */
interface Run {
  readonly matrix: JsonObject;
  readonly labels: Labels;
  readonly scope: Scope;
  readonly variables: Variables;
}

/** Lays out loops: each run of their matrix, each iteration. */
export class LoopPlanner {
  /** Those that may end early. */
  readonly endings: EndingLoop[] = [];
  readonly #reader: Reader;
  readonly #names: Names;
  readonly #resolver: Resolver;
  readonly #limit: StepLimit;
  readonly #misplaced: Pick<Misplaced<unknown>, "inherited">;
  readonly #level: Level;

  /** @param level lays out what is in a loop */
  constructor(
    reader: Reader,
    names: Names,
    resolver: Resolver,
    limit: StepLimit,
    misplaced: Pick<Misplaced<unknown>, "inherited">,
    level: Level,
  ) {
    this.#reader = reader;
    this.#names = names;
    this.#resolver = resolver;
    this.#limit = limit;
    this.#misplaced = misplaced;
    this.#level = level;
  }

  /** @param waiting whether some steps cannot be known yet, so that they may have settings that none seems to have */
  expand(written: Written, scope: Scope, variables: Variables, waiting: () => boolean): Entry {
    const { frame: { loop: { carry = {} }, matrix = {}, yield: yields = {} }, path } = written;
    this.#checkCarry(carry, yields, path);
    const at = [...path, "matrix"];
    const axes = axesOf(matrix, at, variables, this.#reader, this.#limit);
    if (axes === undefined || !this.#names.areNew(axes, scope, at)) return { kind: "broken" };
    const inherited = inheritedOf(written.frame.with, [...path, "with"]);
    const inside: Scope = { ...scope, inherited: [...scope.inherited, ...inherited] };
    const runs: LoopRun[] = [];
    for (const values of combinations(axes)) {
      const around = { ...scope.matrix, ...values };
      const run = this.#run(written, {
        matrix: around,
        labels: labelsOf(around),
        scope: { ...inside, prefix: `${scope.prefix}${written.name}${matrixLabel(values)}` },
        variables: Object.keys(around).length > 0 ? { ...variables, matrix: around } : variables,
      });
      if (run === undefined) return { kind: "broken" };
      runs.push(run);
    }
    if (!waiting()) tellUntaken(inherited, this.#reader, this.#misplaced);
    return { kind: "loop", axes: Object.keys(axes), runs, found: new Map() };
  }

  /** @returns undefined when a mistake was told */
  #run({ frame, path }: Written, run: Run): LoopRun | undefined {
    const { loop: { carry = {}, until }, steps, yield: yields = {} } = frame;
    const { matrix, labels, scope: around, variables } = run, at = [...path, "loop"];
    const times = this.#times(frame, variables, [...at, "times"]);
    const end = until === undefined
      ? "never"
      : readUntil(until, steps, variables, [...at, "until"], this.#reader);
    const allowance = readAllowance(frame, path, around.allowance, variables, this.#reader);
    if (times === undefined || end === undefined || allowance === undefined) return undefined;
    const ending = end === "never" ? undefined : endingOf(around.prefix, end, times);
    let prev = this.#resolveAll(carry, [...at, "carry"], { ...around, labels }, variables);
    const iterations: Scope[] = [], given: Values[] = [];
    for (let index = 0; index < times; index++) {
      const inside: Scope = {
        entries: new Map(),
        pending: steps,
        prefix: `${around.prefix}[${index}].`,
        inherited: around.inherited,
        allowance,
        loops: [...around.loops, index],
        when: ending === undefined || index === 0
          ? around.when
          : [...around.when, { loop: ending, iteration: index }],
        matrix,
        labels,
        parent: around,
        prev,
        found: new Map(),
      };
      this.#limit.take(1, [...at, "times"]);
      // Which iteration is the last is not known where it may end early.
      const last: JsonObject = ending === undefined ? { last: index === times - 1 } : {};
      const counted = { ...variables, loop: { index, ...last } };
      this.#level(steps, [...path, "steps"], inside, counted);
      iterations.push(inside);
      prev = new Map([
        // That they are not yielded was told.
        ...Object.keys(carry).map((name): [string, Meaning] => [name, { is: "wrong" }]),
        ...this.#resolveAll(yields, [...path, "yield"], inside, counted),
      ]);
      if (ending !== undefined || index === times - 1) given.push(prev);
    }
    if (ending !== undefined) this.endings.push(ending);
    const [first, ...others] = given;
    return {
      labels,
      iterations,
      yields: [first!, ...others],
      ...ending === undefined ? {} : { ending },
    };
  }

  /** How often a loop runs, at most; undefined when a mistake was told. */
  #times({ loop, steps }: LoopFrame, variables: Variables, path: Path): number | undefined {
    const times = this.#reader.interpolate(loop.times, variables, (at) => [...path, ...at]);
    if (times === undefined) return undefined;
    if (typeof times !== "number" || !Number.isSafeInteger(times) || times < 1) {
      return this.#reader.tell(`times is ${show(times)}`, path, "write a whole number, at least 1");
    }
    this.#limit.demand(times * (1 + Object.keys(steps).length), path);
    return times;
  }

  #resolveAll(references: JsonObject, path: Path, scope: Scope, variables: Variables): Values {
    const values = new Map<string, Meaning>();
    for (const [name, text] of Object.entries(references)) {
      values.set(name, this.#resolve(text, [...path, name], scope, variables));
    }
    return values;
  }

  #resolve(text: Json, path: Path, scope: Scope, variables: Variables): Meaning {
    const given = this.#reader.interpolate(text, variables, (at) => [...path, ...at]);
    if (given === undefined) return { is: "wrong" };
    if (given === null) return NOTHING;
    return this.#resolver.resolve(
      given,
      scope,
      scope.labels,
      () => this.#reader.document.locateGiven(path),
    );
  }

  #checkCarry(carry: JsonObject, yields: JsonObject, path: Path): void {
    for (const name of Object.keys(carry)) {
      const place = [...path, "loop", "carry", name];
      this.#names.check(name, "what is carried", place);
      if (Object.hasOwn(yields, name)) continue;
      this.#reader.tellKey(`${name} is carried but not yielded`, place, `add ${name} to yield`);
    }
    for (const name of Object.keys(yields)) {
      this.#names.check(name, "what is yielded", [...path, "yield", name]);
    }
  }
}

function endingOf(id: string, until: Until, times: number): EndingLoop {
  const deciders = Array.from({ length: times }, (_, index) => `${id}[${index}].${until.step}`);
  return { id, until, deciders };
}
