/** What a sweep goes through: overrides of which some have several values. @module */
import { combinations, DiagnosticError, type Json, parseRange, rangeValues } from "../core/mod.ts";

/** Values of an override, each as YAML. */
export interface Axis {
  readonly path: string;
  readonly values: readonly string[];
}

/** A run of a sweep. */
export interface Member {
  /** `path=value` of axes with several values, in their order. */
  readonly overrides: readonly string[];
  /** Values by path, those of seeds left out: members that have them alike are replicates. */
  readonly group: Readonly<Record<string, string>>;
  /** Values by path of seeds. */
  readonly replicate: Readonly<Record<string, string>>;
}

/**
 * Reads `path=value`, `path=value,value` and `path=1..6`, the end of which is left out. Commas in brackets, braces and quotes
 * are the value's own.
 *
 * @throws {DiagnosticError} with all that is wrong
 */
export function parseAxes(given: readonly string[]): Axis[] {
  const mistakes: { message: string; hint: string }[] = [], axes: Axis[] = [];
  for (const override of given) {
    const at = override.indexOf("=");
    const path = override.slice(0, Math.max(at, 0));
    if (at <= 0) {
      mistakes.push({ message: `${override} has no value`, hint: "write path=value,value" });
      continue;
    }
    const parts = splitValues(override.slice(at + 1)), values = parts.flatMap(valuesOf);
    const twice = values.find((value, i) => values.indexOf(value) !== i);
    if (axes.some((axis) => axis.path === path)) {
      mistakes.push({ message: `${path} is given twice`, hint: `write ${path}=value,value` });
    } else if (parts.some((part) => part === "") && parts.length > 1) {
      const message = `${override} has an empty value between its commas`;
      mistakes.push({ message, hint: 'leave it out, or write "" for an empty text' });
    } else if (values.length === 0) {
      mistakes.push({
        message: `${override} has no values`,
        hint: "a range leaves its end out: 1..6",
      });
    } else if (twice !== undefined) {
      mistakes.push({ message: `${path} has ${twice} twice`, hint: "leave one out" });
    } else axes.push({ path, values });
  }
  if (mistakes.length > 0) throw new DiagnosticError(mistakes);
  return axes;
}

/** Axes of a map from paths to a value, or a list of values. @throws {DiagnosticError} when it is no map, or a list is empty */
export function axesOfMap(map: Json, file: string): Axis[] {
  const fail = (message: string, hint: string): never => {
    throw new DiagnosticError([{ message: `${file}: ${message}`, hint }]);
  };
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    return fail("it is no map", "write path: value, or path: [value, value]");
  }
  return Object.entries(map).map(([path, value]) => {
    const values: readonly Json[] = Array.isArray(value) ? value : [value];
    if (values.length === 0) return fail(`${path} has no values`, "leave it out");
    return { path, values: values.map((one) => JSON.stringify(one)) };
  });
}

/** Every run of a sweep, the last axis fastest. */
export function membersOf(axes: readonly Axis[]): Member[] {
  const swept = axes.filter(({ values }) => values.length > 1);
  const names = Object.fromEntries(swept.map(({ path, values }) => [path, values]));
  return [...combinations(names)].map((row) => {
    const entries = Object.entries(row).map(([path, value]) => [path, String(value)] as const);
    const part = (seeds: boolean) =>
      Object.fromEntries(entries.filter(([path]) => isSeed(path) === seeds));
    return {
      overrides: entries.map(([path, value]) => `${path}=${value}`),
      group: part(false),
      replicate: part(true),
    };
  });
}

/** Whether values of a path make replicates of one experiment. */
export function isSeed(path: string): boolean {
  return path === "seed" || path.endsWith(".seed");
}

/** A value, or those of a range. */
function valuesOf(text: string): string[] {
  const range = parseRange(text);
  return range === undefined ? [text] : rangeValues(range).map(String);
}

const CLOSING: Readonly<Record<string, string>> = { "[": "]", "{": "}", '"': '"', "'": "'" };

/** A text cut at its commas, but for those in brackets and quotes. */
function splitValues(text: string): string[] {
  const parts: string[] = [], open: string[] = [];
  let from = 0;
  for (const [i, character] of [...text].entries()) {
    const inQuotes = open.at(-1) === '"' || open.at(-1) === "'";
    if (character === open.at(-1)) open.pop();
    else if (!inQuotes && Object.hasOwn(CLOSING, character)) open.push(CLOSING[character]!);
    else if (character === "," && open.length === 0) {
      parts.push([...text].slice(from, i).join("").trim());
      from = i + 1;
    }
  }
  return [...parts, [...text].slice(from).join("").trim()];
}
