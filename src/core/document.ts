import {
  type Document as YamlDocument,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  type Node as YamlNode,
  parseDocument,
} from "yaml";
import { type Diagnostic, DiagnosticError, type Location } from "./diagnostic.ts";
import { Source, type Span } from "./source.ts";

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object. */
export interface JsonObject {
  /** Any key. */
  readonly [key: string]: Json;
}
/** Keys and indices from the root of a document to a value. */
export type Path = readonly (string | number)[];

/** A parsed YAML file that knows where each of its values stands. */
export class Document {
  /** The text it was parsed from. */
  readonly source: Source;
  readonly #yaml: YamlDocument;

  private constructor(source: Source, yaml: YamlDocument) {
    this.source = source;
    this.#yaml = yaml;
  }

  /**
   * Parses YAML 1.2.
   *
   * @throws {DiagnosticError} on a syntax error, a duplicate key, `.nan`, `.inf`, or a merge conflict
   */
  static parse(file: string, text: string): Document {
    const source = new Source(file, text);
    const conflict = /^(<{7}|={7}|>{7})( |$)/m.exec(text);
    if (conflict !== null) {
      const span = { start: conflict.index, end: conflict.index + 7 };
      throw new DiagnosticError([{
        message: "merge conflict marker",
        location: { source, span },
        hint: "resolve the conflict and delete the marker lines",
      }]);
    }
    const yaml = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
    const diagnostics = [...yaml.errors.map((error) => syntaxDiagnostic(error, source))];
    if (diagnostics.length === 0 && yaml.contents !== null) {
      diagnostics.push(...findUnusable(yaml.contents as YamlNode, source));
    }
    if (diagnostics.length > 0) throw new DiagnosticError(diagnostics);
    return new Document(source, yaml);
  }

  /** The contents as plain data. */
  get value(): Json {
    return this.#yaml.toJS() as Json;
  }

  /** Sets a value, as an override from the command line does; what it replaces is forgotten. */
  set(path: Path, value: Json): void {
    this.#yaml.setIn(path, this.#yaml.createNode(value));
  }

  /** Removes a value. */
  delete(path: Path): void {
    this.#yaml.deleteIn(path);
  }

  /** Where a value stands, or the nearest value around it. */
  locate(path: Path): Location {
    for (let length = path.length; length >= 0; length--) {
      const node = this.#yaml.getIn(path.slice(0, length), true);
      const span = isNode(node) ? spanOf(node) : undefined;
      if (span !== undefined) {
        // A collection around a missing value is named by its key, not by all its lines.
        return length < path.length || isCollection(node)
          ? this.locateKey(path.slice(0, length)) ?? { source: this.source, span }
          : { source: this.source, span };
      }
    }
    return { source: this.source, span: { start: 0, end: 1 } };
  }

  /** Where the key of a value stands. */
  locateKey(path: Path): Location | undefined {
    const parent = path.length <= 1
      ? this.#yaml.contents
      : this.#yaml.getIn(path.slice(0, -1), true);
    const name = String(path.at(-1));
    if (!isMap(parent)) return undefined;
    for (const { key } of parent.items) {
      if (isScalar(key) && String(key.value) === name) {
        const span = spanOf(key);
        if (span !== undefined) return { source: this.source, span };
      }
    }
    return undefined;
  }
}

function spanOf(node: YamlNode): Span | undefined {
  const range = node.range;
  return range === undefined || range === null ? undefined : { start: range[0], end: range[1] };
}

function syntaxDiagnostic(
  error: { readonly code: string; readonly message: string; readonly pos: [number, number] },
  source: Source,
): Diagnostic {
  const location = { source, span: { start: error.pos[0], end: error.pos[1] } };
  if (error.code === "DUPLICATE_KEY") {
    const rest = source.text.slice(error.pos[0]);
    const key = /^[^\s:]+/.exec(rest)?.[0] ?? "";
    const span = { start: error.pos[0], end: error.pos[0] + key.length };
    return {
      message: `key ${key} stands twice in one mapping`,
      location: { source, span },
      hint: "keep one of the two",
    };
  }
  return { message: `YAML syntax: ${error.message}`, location };
}

/** Values that JSON, and so a key, cannot hold. */
function findUnusable(node: unknown, source: Source): Diagnostic[] {
  if (isPair(node)) return [...findUnusable(node.key, source), ...findUnusable(node.value, source)];
  if (isCollection(node)) return node.items.flatMap((item) => findUnusable(item, source));
  if (!isScalar(node)) return [];
  if (typeof node.value !== "number" || Number.isFinite(node.value)) return [];
  return [{
    message: `${node.source ?? node.value} is not a number that a pipeline can use`,
    location: { source, span: spanOf(node)! },
    hint: "write a finite number",
  }];
}
