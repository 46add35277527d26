import { type Diagnostic, DiagnosticError, type Location } from "./diagnostic.ts";
import { flatten, type Layer } from "./layers.ts";
import { childOf, type Json, type Node, type Path, toJson, withValue } from "./node.ts";
import { isOverride, Source } from "./source.ts";
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
   * @throws {RangeError} where the path leads through a value or beside a list
   */
  set(path: Path, value: Node): void {
    this.#root = withValue(this.#root, path, value);
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
    const followed = new Set<string>();
    for (let at = path;;) {
      const written = at.reduce<Node | undefined>(
        (node, part) => node && childOf(node, part),
        this.#root,
      );
      const text = written?.kind === "scalar" ? String(written.value) : "";
      const [, name] = /^\$\{\s*params\.([^}]*?)\s*\}$/.exec(text) ?? [];
      if (name === undefined || followed.has(name)) return this.locate(at);
      followed.add(name);
      at = ["params", ...name.split(".")];
    }
  }

  /** Where a value was given: at the override that set the parameter that stands there, if one did, with where it is used. */
  locateGiven(path: Path): Pick<Diagnostic, "location" | "related"> {
    const used = this.locate(path), written = this.locateWritten(path);
    if (written.source === used.source || !isOverride(written.source)) return { location: used };
    return { location: written, related: [{ message: "it is used here", location: used }] };
  }

  /** Where the key of a value stands. */
  locateKey(path: Path): Location | undefined {
    let node: Node | undefined = this.#root;
    for (const part of path.slice(0, -1)) node = node && childOf(node, part);
    return node?.kind === "map" ? node.entries.get(String(path.at(-1)))?.key : undefined;
  }
}
