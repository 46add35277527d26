import { validate } from "../../schemas/validate.ts";
import { type Diagnostic, suggest } from "./diagnostic.ts";
import type { Document, Path } from "./document.ts";

/**
 * Checks a value against a schema, filling in defaults in place.
 *
 * @param place where a part of the value stands in the document
 */
export function checkSchema(
  document: Document,
  schema: object,
  value: unknown,
  place: (path: Path) => Path = (path) => path,
): Diagnostic[] {
  return validate(schema, value).map((problem): Diagnostic => {
    const full = place(problem.path);
    const location = problem.unknownKey === undefined
      ? document.locate(full)
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
