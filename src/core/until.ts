/** What ends a loop: a condition on a metric of the iteration that has run. @module */
import type { UntilFrame } from "../../schemas/pipeline.ts";
import { clip, type Location, show, suggest } from "./diagnostic.ts";
import type { Variables } from "./interpolate.ts";
import { isMap, type Json, type JsonObject, type Path } from "./node.ts";
import type { Reader } from "./reader.ts";

type Comparison = Exclude<keyof UntilFrame, "metric">;

/** How metrics are compared. All but `is` are of numbers. */
const COMPARISONS: Readonly<Record<Comparison, (value: Json, bound: Json) => boolean>> = {
  above: (value, bound) => Number(value) > Number(bound),
  at_least: (value, bound) => Number(value) >= Number(bound),
  below: (value, bound) => Number(value) < Number(bound),
  at_most: (value, bound) => Number(value) <= Number(bound),
  is: (value, bound) => value === bound,
};

/** When a loop ends. */
export interface Until {
  /** The step of the loop. */
  readonly step: string;
  /** Keys to the number in what it gives back. */
  readonly path: readonly string[];
  /** How it is compared. */
  readonly comparison: Comparison;
  /** What it is compared with. */
  readonly bound: Json;
  /** Where the metric is named. */
  readonly location: Location;
}

/**
 * Reads what ends a loop, telling what is wrong with it.
 *
 * @returns undefined when a mistake was told
 */
export function readUntil(
  frame: UntilFrame,
  steps: JsonObject,
  variables: Variables,
  path: Path,
  reader: Reader,
): Until | undefined {
  const given = reader.interpolate({ ...frame }, variables, (at) => [...path, ...at]);
  if (given === undefined) return undefined;
  const at = [...path, "metric"], { metric, ...comparisons } = given;
  const named = readMetric(metric!, steps, at, reader);
  const compared = readComparison(comparisons, path, reader);
  if (named === undefined || compared === undefined) return undefined;
  return { ...named, ...compared, location: reader.document.locate(at) };
}

function readMetric(
  metric: Json,
  steps: JsonObject,
  at: Path,
  reader: Reader,
): Pick<Until, "step" | "path"> | undefined {
  const match = typeof metric === "string" && /^([a-z][a-z0-9_]*)((?:\.[\w-]+)+)$/.exec(metric);
  if (!match) {
    const hint = "write step.metric, with a step of the loop, such as test.accuracy";
    return reader.tell(`${show(metric)} names no metric`, at, hint);
  }
  const [, name, rest] = match, step = Object.hasOwn(steps, name!) ? steps[name!] : undefined;
  if (step === undefined) {
    const hint = suggest(name!, Object.keys(steps));
    return reader.tell(`until: there is no step ${clip(name!, 80)} in the loop`, at, hint);
  }
  // What the step itself has wrong is told where it is laid out.
  const { loop, matrix } = isMap(step) ? step : {};
  if (loop !== undefined) {
    const hint = "name a step of this loop itself, such as an evaluate after the inner loop";
    return reader.tell(`until: ${name} is a loop, with no metrics of its own`, at, hint);
  }
  if (isMap(matrix) && Object.keys(matrix).length > 0) {
    const hint = "name a step without a matrix, such as one that reads all its outputs";
    return reader.tell(`until: which run of ${name} is meant cannot be told`, at, hint);
  }
  return { step: name!, path: rest!.slice(1).split(".") };
}

function readComparison(
  comparisons: JsonObject,
  path: Path,
  reader: Reader,
): Pick<Until, "comparison" | "bound"> | undefined {
  const known = Object.keys(COMPARISONS) as Comparison[];
  const said = known.filter((name) => Object.hasOwn(comparisons, name));
  const [comparison, second] = said;
  if (comparison === undefined) {
    const hint = `add one of ${known.join(", ")}, such as at_least: 0.5`;
    return reader.tellKey("until compares the metric with nothing", path, hint);
  }
  if (second !== undefined) {
    const hint = `keep one of ${said.join(" and ")}`;
    return reader.tellKey(`until compares the metric twice`, [...path, second], hint);
  }
  const bound = comparisons[comparison]!, at = [...path, comparison];
  if (comparison === "is") {
    if (bound !== null && typeof bound !== "object") return { comparison, bound };
    return reader.tell(`is: ${show(bound)}`, at, "write true, false, a number or a text");
  }
  if (typeof bound === "number") return { comparison, bound };
  const hint = "write a number; is: compares with a text or true";
  return reader.tell(`${comparison}: ${show(bound)} is no number`, at, hint);
}

/** Whether a condition holds of a step's metrics. */
export type Verdict =
  | { readonly kind: "met" | "unmet"; readonly value: Json }
  /** It has no such metric, or one that cannot be compared. */
  | { readonly kind: "wrong"; readonly message: string; readonly hint: string };

/** Compares a metric. */
export function judge(until: Until, metrics: JsonObject): Verdict {
  let value: Json = metrics;
  for (const [i, key] of until.path.entries()) {
    const parts: Json = value, within = typeof parts === "object" && parts !== null;
    if (!within || !Object.prototype.propertyIsEnumerable.call(parts, key)) {
      const known = within ? Object.keys(parts) : [];
      const name = [until.step, ...until.path.slice(0, i + 1)].join(".");
      const hint = known.length === 0 ? "name another step, or metric" : suggest(key, known);
      return { kind: "wrong", message: `until: there is no metric ${name}`, hint };
    }
    value = (parts as JsonObject)[key]!;
  }
  const { comparison, bound } = until;
  if (comparison !== "is" && (typeof value !== "number" || Number.isNaN(value))) {
    const message = `until: the metric ${nameOf(until)} is ${show(value)}, not a number`;
    return { kind: "wrong", message, hint: "name a number, or compare with is:" };
  }
  return { kind: COMPARISONS[comparison](value, bound) ? "met" : "unmet", value };
}

/** The metric, such as `test.accuracy`. */
export function nameOf({ step, path }: Until): string {
  return [step, ...path].join(".");
}

/** The condition, such as `test.accuracy at least 0.5`. */
export function describeUntil(until: Until): string {
  const { comparison, bound } = until;
  return `${nameOf(until)} ${comparison.replace("_", " ")} ${show(bound)}`;
}
