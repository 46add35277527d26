import { DiagnosticError, type Given, type Location } from "./diagnostic.ts";
import { flatten, type Layer } from "./layers.ts";
import { childOf, type Json, type Node, type Path, toJson, withValue } from "./node.ts";
import { Override, Source } from "./source.ts";
import { parseYaml } from "./yaml.ts";

export type { Json, JsonObject, Path } from "./node.ts";

/** A pipeline file. */
export interface PipelineText {
  /** Tells one file from another, whatever it is called: its real path. */
  readonly id: string;
  /** What it is called in messages. */
  readonly file: string;
  readonly text: string;
  /** What paths in it are relative to. */
  readonly directory: string;
}

/** A parsed YAML file that knows where each of its values stands. */
export class Document {
  #root: Node;
  #value: Json | undefined;

  private constructor(root: Node) {
    this.#root = root;
  }

  /**
   * Parses YAML 1.2.
   *
   * @throws {DiagnosticError} on whatever is no JSON value in sound YAML; see {@linkcode parseYaml}
   */
  static parse(file: string, text: string): Document {
    return new Document(parseYaml(new Source(file, text)));
  }

  /**
   * Reads a pipeline, laid over the one that it extends, if it extends one.
   *
   * @param open finds a file by what it is called and, but for the first, by the directory of the file that names it
   * @throws {DiagnosticError} as {@linkcode Document.parse} does, and where `open` does
   */
  static read(file: string, open: (file: string, directory?: string) => PipelineText): Document {
    const layerOf = ({ id, file, text, directory }: PipelineText): Layer => ({
      id,
      root: parseYaml(new Source(file, text, directory)),
    });
    const root = flatten(layerOf(open(file)), (name, { place }) => {
      try {
        return layerOf(open(name, place.source.directory));
      } catch (error) {
        if (!(error instanceof DiagnosticError)) throw error;
        // Where a file is not named as such, the `extends` is what is wrong.
        const placed = error.diagnostics.map((one) => ({ location: place, ...one }));
        throw new DiagnosticError(placed);
      }
    });
    return new Document(root);
  }

  /** The contents as plain data. Never change them: what an alias repeats is one object. */
  get value(): Json {
    return this.#value ??= toJson(this.#root);
  }

  /**
   * Sets a value, as an override from the command line does. What an alias or its anchor repeats elsewhere stays
   * as it is.
   *
   * @param keys where the parts of the path are written
   * @throws {RangeError} where the path leads through a value or beside a list
   */
  set(path: Path, value: Node, keys: readonly Location[]): void {
    this.#root = withValue(this.#root, path, value, keys);
    this.#value = undefined;
  }

  /** Where a value stands, or the nearest value around it. */
  locate(path: Path): Location {
    let node = this.#root, key: Location | undefined, found = 0;
    for (const part of path) {
      const child = childOf(node, part);
      if (child === undefined) break;
      key = node.kind === "map" ? node.entries.get(String(part))!.key : undefined;
      node = child;
      found++;
    }
    // A collection, or one around a missing value, is named by its key, not by all its lines.
    return found < path.length || node.kind !== "scalar" ? key ?? node.place : node.place;
  }

  /** Where a value was written: that of a parameter, where it is nothing but a reference to one. */
  locateWritten(path: Path): Location {
    return this.locate(this.#written(path));
  }

  /**
   * Where a value that is wrong was given: at the override that it comes from, if one does, with where it is used; or where
   * it is used, with the parameter that it is.
   */
  locateGiven(path: Path): Given {
    const used = this.locate(path), override = this.#overrideIn(path, new Set());
    if (override !== undefined && override.source !== used.source) {
      return { location: override, related: [{ message: "it is used here", location: used }] };
    }
    const at = this.#written(path), written = this.locate(at);
    if (at === path || this.#nodeAt(at) === undefined || written.source instanceof Override) {
      return { location: used };
    }
    const name = at.join(".");
    return {
      location: used,
      related: [{ message: `${name} is given here`, location: written }],
    };
  }

  #nodeAt(path: Path): Node | undefined {
    return path.reduce<Node | undefined>((node, part) => node && childOf(node, part), this.#root);
  }

  /** The path of a parameter that is the value, or has it within; the value's own where it is no reference. */
  #written(path: Path): Path {
    const followed = new Set<string>();
    for (let at = path;;) {
      // A reference may stand above: `with: ${params.settings}`.
      const through = at.findIndex((_, i) => this.#nodeAt(at.slice(0, i + 1))?.kind === "scalar");
      const depth = through < 0 ? at.length : through + 1;
      const [, name] = /^\$\{\s*params\.([^}]*?)\s*\}$/.exec(this.#textAt(at.slice(0, depth))) ??
        [];
      if (name === undefined || followed.has(name)) return at;
      followed.add(name);
      at = ["params", ...name.split("."), ...at.slice(depth)];
    }
  }

  /** The override that a value is, or refers to anywhere in its text. */
  #overrideIn(path: Path, seen: Set<string>): Location | undefined {
    const at = this.#written(path);
    for (const [, name] of this.#textAt(at).matchAll(REFERENCE)) {
      if (seen.has(name!)) continue;
      seen.add(name!);
      const found = this.#overrideIn(name!.split("."), seen);
      if (found !== undefined) return found;
    }
    const place = this.locate(at);
    return place.source instanceof Override ? place : undefined;
  }

  #textAt(path: Path): string {
    const node = this.#nodeAt(path);
    return node?.kind === "scalar" ? String(node.value) : "";
  }

  /** Where the key of a value stands. */
  locateKey(path: Path): Location | undefined {
    const node = this.#nodeAt(path.slice(0, -1));
    return node?.kind === "map" ? node.entries.get(String(path.at(-1)))?.key : undefined;
  }
}

/** What a value can refer to that an override sets. */
const REFERENCE = /\$\{\s*(params\.[^}]*?|seed)\s*\}/g;
