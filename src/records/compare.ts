/** What is different between runs: two, or two groups of them. @module */
import { readSteps } from "./run_steps.ts";
import {
  canonicalJson,
  type Json,
  type JsonObject,
  type KeyDifference,
  listDifferences,
  type Store,
} from "../core/mod.ts";
import type { RunRecord } from "./run_record.ts";
import { readDocument } from "./runs.ts";
import { numbersOf } from "./series.ts";
import type { RunStep } from "./steps.ts";

/** A run with its steps. */
export interface SeenRun {
  readonly record: RunRecord;
  readonly document: Json | undefined;
  readonly steps: ReadonlyMap<string, RunStep>;
}

/** A value that differs; of a group of runs, every value that one of them has. */
export interface ValueDifference {
  readonly path: string;
  readonly before: readonly Json[];
  readonly after: readonly Json[];
}

/** A step whose keys differ. */
export interface StepDifference {
  readonly step: string;
  /** Between the first key of each side that the other has not; none where what a key was made of is gone. */
  readonly parts: readonly KeyDifference[];
}

/** Numbers of several runs. */
export interface Spread {
  readonly mean: number;
  /** Bessel-corrected; not there for one run. */
  readonly deviation?: number;
  readonly count: number;
}

/** A number of a step on both sides; not there where no run of a side has it. */
export interface MetricDifference {
  readonly step: string;
  readonly metric: string;
  readonly before?: Spread;
  readonly after?: Spread;
  /** Of the means. */
  readonly difference?: number;
}

/** What is different. */
export interface Comparison {
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** What was known of the runs when they began: seed, overrides, versions, Git, device, machine. */
  readonly facts: readonly ValueDifference[];
  /** Of the pipelines as they ran; none where that is not known of a whole side. */
  readonly document: readonly ValueDifference[];
  /** Runs whose pipeline is not known. */
  readonly undocumented: readonly string[];
  readonly steps: {
    /** How many have the same key on both sides. */
    readonly same: number;
    /** In the order in which they ran. */
    readonly differing: readonly StepDifference[];
    readonly onlyBefore: readonly string[];
    readonly onlyAfter: readonly string[];
  };
  /** All numbers, equal ones too. */
  readonly metrics: readonly MetricDifference[];
}

/** Reads what a comparison needs of a run. */
export function seeRun(store: Store, record: RunRecord): SeenRun {
  const steps = readSteps(store, record, false);
  return {
    record,
    document: readDocument(store, record.id),
    steps: new Map(steps.map((step) => [step.step, step])),
  };
}

/** What is different between two sides. */
export function compareRuns(
  store: Store,
  before: readonly SeenRun[],
  after: readonly SeenRun[],
): Comparison {
  return {
    before: before.map(({ record }) => record.id),
    after: after.map(({ record }) => record.id),
    facts: valueDifferences(before.map(factsOf), after.map(factsOf)),
    ...compareDocuments(before, after),
    steps: compareSteps(store, before, after),
    metrics: compareMetrics(before, after),
  };
}

function factsOf({ record }: SeenRun): JsonObject {
  const { pipeline, seed, overrides, versions, git, device, machine } = record;
  return {
    pipeline,
    seed,
    overrides: Object.fromEntries(overrides.map((one) => {
      const at = one.indexOf("=");
      return [one.slice(0, at), one.slice(at + 1)];
    })),
    versions,
    ...git === undefined ? {} : { git: { ...git } },
    device,
    machine,
  };
}

function compareDocuments(before: readonly SeenRun[], after: readonly SeenRun[]) {
  const known = (side: readonly SeenRun[]): JsonObject[] =>
    side.map(documentOf).filter((one) => one !== undefined);
  const was = known(before), is = known(after);
  const undocumented = [...before, ...after].filter((run) => documentOf(run) === undefined)
    .map(({ record }) => record.id);
  const isKnown = was.length > 0 && is.length > 0;
  return {
    document: isKnown ? valueDifferences(was, is) : [],
    undocumented: [...new Set(undocumented)],
  };
}

function documentOf({ document }: SeenRun): JsonObject | undefined {
  const isMap = typeof document === "object" && document !== null && !Array.isArray(document);
  return isMap ? document as JsonObject : undefined;
}

/** Values that one side has and the other has not, by path. */
function valueDifferences(
  before: readonly JsonObject[],
  after: readonly JsonObject[],
): ValueDifference[] {
  const sides = [before, after].map((side) => side.map((one) => leaves(one)));
  const paths = new Set(sides.flat().flatMap((one) => [...one.keys()]));
  // A map with nothing in it here, and something elsewhere, is told by what is in it.
  const inner = new Set(
    [...paths].flatMap((path) => path.split(".").map((_, i, all) => all.slice(0, i).join("."))),
  );
  return [...paths].filter((path) => !inner.has(path)).flatMap((path) => {
    const [was, is] = sides.map((side) => distinct(side.flatMap((one) => one.get(path) ?? [])));
    const texts = (values: readonly Json[]) => values.map(canonicalJson).toSorted().join("\n");
    return texts(was!) === texts(is!) ? [] : [{ path, before: was!, after: is! }];
  });
}

/** What stands in a map, by path; lists, and maps with nothing in them, are values. Each in a list, which may hold nothing. */
function leaves(value: JsonObject, path = "", found = new Map<string, [Json]>()) {
  for (const [key, inside] of Object.entries(value)) {
    const name = /^[\w.-]+$/.test(key) ? key : JSON.stringify(key);
    const here = path === "" ? name : `${path}.${name}`;
    const isMap = typeof inside === "object" && inside !== null && !Array.isArray(inside);
    if (isMap && Object.keys(inside).length > 0) leaves(inside as JsonObject, here, found);
    else found.set(here, [inside]);
  }
  return found;
}

function distinct(values: readonly Json[]): Json[] {
  return [...new Map(values.map((value) => [canonicalJson(value), value])).values()];
}

function compareSteps(
  store: Store,
  before: readonly SeenRun[],
  after: readonly SeenRun[],
): Comparison["steps"] {
  const ids = idsOf([...before, ...after]);
  const differing: StepDifference[] = [], onlyBefore: string[] = [], onlyAfter: string[] = [];
  let same = 0;
  for (const step of ids) {
    const [was, is] = [before, after].map((side) => [
      ...new Set(side.flatMap(({ steps }) => steps.get(step)?.key ?? [])),
    ]) as [string[], string[]];
    if (is.length === 0 && was.length === 0) continue;
    if (is.length === 0) onlyBefore.push(step);
    else if (was.length === 0) onlyAfter.push(step);
    else if (was.toSorted().join() === is.toSorted().join()) same++;
    else {
      const key = (side: readonly string[], other: readonly string[]) =>
        side.find((one) => !other.includes(one)) ?? side[0]!;
      differing.push({ step, parts: partsOf(store, key(was, is), key(is, was)) });
    }
  }
  return { same, differing, onlyBefore, onlyAfter };
}

function partsOf(store: Store, before: string, after: string): readonly KeyDifference[] {
  const was = store.readAction(before), is = store.readAction(after);
  return was === undefined || is === undefined ? [] : listDifferences(was.parts, is.parts);
}

/** Steps of runs: those of the first in their order, then what others have besides. */
function idsOf(runs: readonly SeenRun[]): string[] {
  return [...new Set(runs.flatMap(({ steps }) => [...steps.keys()]))];
}

function compareMetrics(
  before: readonly SeenRun[],
  after: readonly SeenRun[],
): MetricDifference[] {
  return idsOf([...before, ...after]).flatMap((step) => {
    const [was, is] = [before, after].map((side) =>
      numbersIn(side.flatMap(({ steps }) => steps.get(step) ?? []))
    ) as [Map<string, number[]>, Map<string, number[]>];
    return [...new Set([...was.keys(), ...is.keys()])].map((metric) => {
      const [a, b] = [spreadOf(was.get(metric)), spreadOf(is.get(metric))];
      return {
        ...{ step, metric },
        ...a === undefined ? {} : { before: a },
        ...b === undefined ? {} : { after: b },
        ...a === undefined || b === undefined ? {} : { difference: b.mean - a.mean },
      };
    });
  });
}

/** Numbers that steps gave back, by name. */
function numbersIn(steps: readonly RunStep[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const { metrics } of steps) {
    for (const [name, value] of Object.entries(numbersOf(metrics))) {
      numbers.set(name, [...numbers.get(name) ?? [], value]);
    }
  }
  return numbers;
}

/** Mean and standard deviation; undefined of no numbers. */
export function spreadOf(numbers: readonly number[] = []): Spread | undefined {
  const count = numbers.length;
  if (count === 0) return undefined;
  const mean = numbers.reduce((sum, one) => sum + one, 0) / count;
  if (count === 1) return { mean, count };
  const squares = numbers.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (count - 1)), count };
}
