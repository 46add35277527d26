import type { Location } from "./diagnostic.ts";
import type { Document, Json, JsonObject, Path } from "./document.ts";
import { interpolate, InterpolationError, type Variables } from "./interpolate.ts";
import type { Mistakes } from "./mistakes.ts";
import { isMap } from "./node.ts";
import { mentions } from "./params.ts";

/** Without what a reference made null; null as it is written stays, and is a mistake. */
function withoutUnset(written: JsonObject, replaced: JsonObject): JsonObject {
  const left = Object.entries(replaced).flatMap(([key, value]) => {
    const before = written[key];
    if (value === null && before !== null) return [];
    return [[key, isMap(before) && isMap(value) ? withoutUnset(before, value) : value]];
  });
  return Object.fromEntries(left);
}

/** Reads values of a document, telling what is wrong with them. */
export class Reader {
  readonly document: Document;
  readonly mistakes: Mistakes;

  readonly #wrong: ReadonlySet<string>;

  /** @param wrong names of parameters with mistakes, which were told */
  constructor(document: Document, mistakes: Mistakes, wrong: ReadonlySet<string>) {
    this.document = document;
    this.mistakes = mistakes;
    this.#wrong = wrong;
  }

  /**
   * A value with its `${…}` replaced.
   *
   * @param place where parts of the value stand
   * @returns undefined when a mistake was told
   */
  interpolate(
    value: JsonObject,
    variables: Variables,
    place: (path: Path) => Path,
  ): JsonObject | undefined;
  interpolate(value: Json, variables: Variables, place: (path: Path) => Path): Json | undefined;
  interpolate(value: Json, variables: Variables, place: (path: Path) => Path): Json | undefined {
    if (this.#wrong.size > 0 && mentions(value).some((name) => this.#wrong.has(name))) {
      return undefined;
    }
    try {
      return interpolate(value, variables);
    } catch (error) {
      if (!(error instanceof InterpolationError)) throw error;
      this.mistakes.tell(error.message, this.document.locateGiven(place(error.path)), error.hint);
      return undefined;
    }
  }

  /**
   * Settings with their `${…}` replaced. One that refers to null is as if it were not written, so that a parameter may leave a
   * setting unset.
   */
  settings(
    value: JsonObject,
    variables: Variables,
    place: (path: Path) => Path,
  ): JsonObject | undefined {
    const replaced = this.interpolate(value, variables, place);
    return replaced && withoutUnset(value, replaced);
  }

  /** Where the key of a value stands, or else the value. */
  key(path: Path): Location {
    return this.document.locateKey(path) ?? this.document.locate(path);
  }

  /** Tells what is wrong with a value. */
  tell(message: string, path: Path, hint: string): undefined {
    this.mistakes.tell(message, this.document.locateGiven(path), hint);
    return undefined;
  }

  /** Tells what is wrong with a key. */
  tellKey(message: string, path: Path, hint: string): undefined {
    this.mistakes.tell(message, this.key(path), hint);
    return undefined;
  }
}
