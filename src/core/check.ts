import { validate } from "../../schemas/validate.ts";
import { type Diagnostic, suggest } from "./diagnostic.ts";
import type { Document, Path } from "./document.ts";

/**
 * Checks a value against a schema, filling in defaults in place.
 *
 * @param path where the value stands in the document
 * @param fallback what to point at when the value as a whole is wrong; it may not stand there at all
 */
export function checkSchema(
  document: Document,
  schema: object,
  value: unknown,
  path: Path,
  fallback: Path = path,
): Diagnostic[] {
  return validate(schema, value).map((problem): Diagnostic => {
    const full = [...path, ...problem.path];
    const location = problem.unknownKey === undefined
      ? document.locate(problem.path.length === 0 && fallback !== path ? fallback : full)
      : document.locateKey(full) ?? document.locate(full);
    const label = problem.path.join(".");
    if (problem.unknownKey !== undefined) {
      const hint = suggest(problem.unknownKey, problem.allowed ?? []);
      return { message: `unknown key ${label}`, location, hint };
    }
    const message = label === "" ? problem.message : `${label}: ${problem.message}`;
    const given = problem.allowed === undefined ? undefined : String(valueAt(value, problem.path));
    const hint = given === undefined ? undefined : suggest(given, problem.allowed!);
    return { message, location, hint };
  });
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<string, unknown>)?.[part], value);
}
