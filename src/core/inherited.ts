/** Settings that a pipeline or a loop has for the steps below. @module */
import { clip } from "./diagnostic.ts";
import type { Json, JsonObject, Path } from "./document.ts";
import type { Misplaced } from "./misplaced.ts";
import type { Reader } from "./reader.ts";

/** Settings of every step below that has them: the `with` of the pipeline or of a loop. */
export interface Inherited {
  readonly values: JsonObject;
  readonly path: Path;
  /** Those that some step has. */
  readonly taken: Set<string>;
}

/** The settings that a pipeline or a loop has for the steps below. */
export function inheritedOf(values: JsonObject | undefined, path: Path): Inherited[] {
  return values === undefined ? [] : [{ values, path, taken: new Set() }];
}

/** A step's settings, and where each stands: its own, and what it inherits. */
export function settingsOf(
  own: JsonObject,
  path: Path,
  stage: { readonly config: { readonly properties: object } },
  inherited: readonly Inherited[],
): { readonly values: JsonObject; readonly place: (at: Path) => Path } {
  const values: Record<string, Json> = {}, from = new Map<string, Path>();
  for (const around of inherited) {
    for (const [name, value] of Object.entries(around.values)) {
      if (!Object.hasOwn(stage.config.properties, name)) continue;
      around.taken.add(name);
      if (Object.hasOwn(own, name)) continue;
      values[name] = value;
      from.set(name, around.path);
    }
  }
  Object.assign(values, own);
  const place = (at: Path) => {
    if (at.length === 0) return path;
    return [...from.get(String(at[0])) ?? [...path, "with"], ...at];
  };
  return { values, place };
}

/** Tells settings that no step has: they are mistakes in their names. */
export function tellUntaken(
  inherited: readonly Inherited[],
  reader: Reader,
  misplaced: Pick<Misplaced<unknown>, "inherited">,
): void {
  for (const { values, path, taken } of inherited) {
    for (const name of Object.keys(values)) {
      if (taken.has(name)) continue;
      const message = `no step below has a setting ${clip(name, 80)}`;
      const hint = misplaced.inherited(name) ?? "leave it out, or mend its name";
      reader.tellKey(message, [...path, name], hint);
    }
  }
}
