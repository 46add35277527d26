/** What a stage says of its configuration: it may be of a module that no compiler has seen. @module */
import { clip, show } from "./diagnostic.ts";
import type { JsonObject } from "./document.ts";
import type { ConfigProblem, Made, Stage } from "./stage.ts";

/**
 * Asks a stage what is wrong with a configuration, and what will come out.
 *
 * @param given names of the inputs that are connected
 * @param tell takes which of the two fails, and how
 */
export function askStage(
  stage: Pick<Stage<never>, "check" | "made">,
  config: JsonObject,
  given: ReadonlySet<string>,
  tell: (what: "check" | "made", message: string) => void,
): {
  readonly problems: readonly ConfigProblem[];
  readonly made: Readonly<Record<string, Made>> | undefined;
} {
  const ask = <T>(what: "check" | "made", read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      tell(what, clip(error instanceof Error ? error.message : String(error), 200));
      return undefined;
    }
  };
  return {
    problems: ask("check", () => problemsIn(stage.check?.(config, given) ?? [])) ?? [],
    made: ask("made", () => madeIn(stage.made?.(config, given))),
  };
}

/** What `check` gives. @throws {TypeError} when that is no list of problems */
function problemsIn(given: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const isSound = Array.isArray(given) &&
    given.every((one: ConfigProblem | undefined) =>
      [one?.key, one?.message, one?.hint].every((text) => typeof text === "string")
    );
  if (isSound) return given;
  throw new TypeError(`it gives ${show(given)}, and not a list of { key, message, hint }`);
}

/** What `made` gives. @throws {TypeError} when that is no map of numbers of items */
function madeIn(
  given: Readonly<Record<string, Made>> | undefined,
): Readonly<Record<string, Made>> | undefined {
  if (given === undefined) return undefined;
  const isSound = typeof given === "object" && given !== null &&
    Object.values(given).every((made: Made | undefined) =>
      Number.isSafeInteger(made?.items) && made!.items >= 0 && typeof made!.hint === "string"
    );
  if (isSound) return given;
  throw new TypeError(`it gives ${show(given)}, and not { port: { items, hint } }`);
}
