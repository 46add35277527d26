import { validate } from "../../schemas/validate.ts";
import { type Diagnostic, suggest } from "./diagnostic.ts";
import type { Document, Path } from "./document.ts";

/**
 * Checks a value against a schema, filling in defaults in place.
 *
 * @param place where a part of the value stands in the document
 * @param elsewhere what to write instead of a key that is unknown here, where another place has it
 */
export function checkSchema(
  document: Document,
  schema: object,
  value: unknown,
  place: (path: Path) => Path = (path) => path,
  elsewhere: (key: string) => string | undefined = () => undefined,
): Diagnostic[] {
  return validate(schema, value).map((problem): Diagnostic => {
    const full = place(problem.path);
    const location = problem.unknownKey === undefined
      ? document.locate(full)
      : document.locateKey(full) ?? document.locate(full);
    const label = problem.path.join(".");
    if (problem.unknownKey !== undefined) {
      const { unknownKey, calledNow, allowed = [] } = problem;
      if (calledNow !== undefined) {
        const hint = `write ${calledNow}`;
        return { message: `unknown key ${label}: it is called ${calledNow}`, location, hint };
      }
      const moved = problem.path.length === 1 ? elsewhere(unknownKey) : undefined;
      return {
        message: `unknown key ${label}`,
        location,
        hint: moved ?? suggest(unknownKey, allowed),
      };
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
