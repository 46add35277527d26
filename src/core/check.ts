import type { Infer } from "../../schemas/infer.ts";
import { validate } from "../../schemas/validate.ts";
import { closest, type Diagnostic, type Location, suggest } from "./diagnostic.ts";
import type { Document, Json, Path } from "./document.ts";
import { isMap } from "./node.ts";

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
  elsewhere: (key: string, location: Location) => string | undefined = () => undefined,
): Diagnostic[] {
  const problems = validate(schema, value);
  // Under another name, a key is not missing.
  const meant = problems.map(({ path, unknownKey, calledNow, allowed = [] }) =>
    unknownKey && [...path.slice(0, -1), calledNow ?? closest(unknownKey, allowed)].join("\n")
  );
  const told = problems.filter(({ path, missing }) =>
    missing === undefined || !meant.includes([...path, missing].join("\n"))
  );
  return told.map((problem): Diagnostic => {
    const full = place(problem.path);
    const location = problem.unknownKey === undefined
      ? document.locate(full)
      : document.locateKey(full) ?? document.locate(full);
    const label = problem.path.join(".");
    if (problem.unknownKey !== undefined) {
      const { unknownKey, calledNow, reckoned, gone, allowed = [] } = problem;
      if (calledNow !== undefined) {
        const hint = `write ${calledNow}${reckoned === undefined ? "" : `: ${reckoned}`}`;
        return { message: `unknown key ${label}: it is called ${calledNow}`, location, hint };
      }
      const moved = problem.path.length === 1 ? elsewhere(unknownKey, location) : undefined;
      return {
        message: `unknown key ${label}`,
        location,
        hint: gone ?? moved ?? suggest(unknownKey, allowed),
      };
    }
    const message = label === "" ? problem.message : `${label}: ${problem.message}`;
    const given = problem.allowed === undefined ? undefined : String(valueAt(value, problem.path));
    const [named] = /\bparams\.\w+/.exec(textAt(value, problem.path)) ?? [];
    const hint = (named === undefined ? problem.hint : `write \${${named}}`) ??
      (given === undefined ? undefined : among(given, problem.allowed!));
    return { message, ...document.locateGiven(full), hint };
  });
}

/** The value that was meant, of those that the message has. */
function among(given: string, allowed: readonly string[]): string {
  const near = closest(given, allowed);
  return near === undefined ? "write one of these" : `did you mean ${near}?`;
}

/** What a schema makes of a value. */
export type Checked<S> =
  | { readonly kind: "sound"; readonly value: Infer<S> }
  | { readonly kind: "wrong"; readonly mistakes: readonly Diagnostic[] };

/**
 * Reads a map as what a schema admits, with defaults filled in. The map itself stays as it is.
 *
 * @param path where it stands in the document
 * @param elsewhere as {@linkcode checkSchema} takes it
 */
export function readAs<const S extends object>(
  document: Document,
  schema: S,
  given: Json,
  path: Path,
  elsewhere?: (key: string, location: Location) => string | undefined,
): Checked<S> {
  const value = isMap(given) ? { ...given } : given;
  const mistakes = checkSchema(
    document,
    schema,
    value,
    (at) => [...path, ...at],
    elsewhere,
  );
  if (mistakes.length > 0) return { kind: "wrong", mistakes };
  return { kind: "sound", value: value as Infer<S> }; // as the schema says
}

/** A text among the values; empty where another value is. */
function textAt(value: unknown, path: Path): string {
  const text = valueAt(value, path);
  return typeof text === "string" ? text : "";
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<string, unknown>)?.[part], value);
}
