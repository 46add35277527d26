/** The axes of a matrix. @module */
import { clip, show } from "./diagnostic.ts";
import type { Json, JsonObject, Path } from "./document.ts";
import type { Variables } from "./interpolate.ts";
import { AXIS, labelOf } from "./label.ts";
import { parseRange, rangeValues } from "./matrix.ts";
import type { Reader } from "./reader.ts";
import type { StepLimit } from "./step_limit.ts";

/** The values of a matrix's axes; undefined when a mistake was told. */
export function axesOf(
  matrix: JsonObject,
  path: Path,
  variables: Variables,
  reader: Reader,
  limit: StepLimit,
): Record<string, readonly Json[]> | undefined {
  const axes: Record<string, readonly Json[]> = {};
  let sound = true, product = 1;
  for (const [axis, given] of Object.entries(matrix)) {
    const here = [...path, axis];
    const values = AXIS.test(axis)
      ? axisValues(axis, given, here, variables, reader)
      : reader.tellKey(
        `${clip(axis, 80)} is no name for an axis`,
        here,
        "use letters, digits, _ and -",
      );
    if (values === undefined) {
      sound = false;
      continue;
    }
    product *= values.length;
    limit.demand(product, here);
    axes[axis] = values.list();
    if (!values.distinct && !areDifferent(axis, axes[axis]!, here, reader)) sound = false;
  }
  return sound ? axes : undefined;
}

/** Values that are made once it is known that there are not too many. */
interface Values {
  readonly length: number;
  /** Whether they are known to differ. */
  readonly distinct: boolean;
  list(): readonly Json[];
}

function axisValues(
  axis: string,
  given: Json,
  path: Path,
  variables: Variables,
  reader: Reader,
): Values | undefined {
  const value = reader.interpolate(given, variables, (at) => [...path, ...at]);
  if (value === undefined) return undefined;
  const range = parseRange(value);
  const isRange = typeof given === "string" && given.includes("..");
  const hint = isRange
    ? "the ends of a range are whole numbers, the first one lower, as in 0..4"
    : "write a list, or a range such as 0..4";
  if (range === undefined && !Array.isArray(value)) {
    return reader.tell(`axis ${axis} is ${show(value)}`, path, hint);
  }
  const length = range?.length ?? (value as readonly Json[]).length;
  if (length === 0) return reader.tell(`axis ${axis} has no values`, path, hint);
  return range === undefined
    ? { length, distinct: false, list: () => value as readonly Json[] }
    : { length, distinct: true, list: () => rangeValues(range) };
}

/** Runs with equal values would be one run under one name. */
function areDifferent(axis: string, values: readonly Json[], path: Path, reader: Reader): boolean {
  const first = new Set<string>();
  for (const [i, value] of values.entries()) {
    const label = labelOf(value);
    if (!first.has(label)) {
      first.add(label);
      continue;
    }
    reader.tell(
      `axis ${axis} has the value ${show(value)} twice`,
      [...path, i],
      `give each run a value of its own, such as 0..${values.length}`,
    );
    return false;
  }
  return true;
}
