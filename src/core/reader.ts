import type { Location } from "./diagnostic.ts";
import type { Document, Json, JsonObject, Path } from "./document.ts";
import { interpolate, InterpolationError, type Variables } from "./interpolate.ts";
import type { Mistakes } from "./mistakes.ts";

/** Reads values of a document, telling what is wrong with them. */
export class Reader {
  readonly document: Document;
  readonly mistakes: Mistakes;

  constructor(document: Document, mistakes: Mistakes) {
    this.document = document;
    this.mistakes = mistakes;
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
    try {
      return interpolate(value, variables);
    } catch (error) {
      if (!(error instanceof InterpolationError)) throw error;
      this.mistakes.tell(error.message, this.document.locate(place(error.path)), error.hint);
      return undefined;
    }
  }

  /** Where the key of a value stands, or else the value. */
  key(path: Path): Location {
    return this.document.locateKey(path) ?? this.document.locate(path);
  }

  /** Tells what is wrong with a value. */
  tell(message: string, path: Path, hint: string): undefined {
    this.mistakes.tell(message, this.document.locate(path), hint);
    return undefined;
  }

  /** Tells what is wrong with a key. */
  tellKey(message: string, path: Path, hint: string): undefined {
    this.mistakes.tell(message, this.key(path), hint);
    return undefined;
  }
}
