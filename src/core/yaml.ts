/**
 * YAML text to nodes. A pipeline is one document of JSON values, with merge keys: whatever else YAML can say (tags of one's
 * own, keys that are lists, numbers that a double cannot hold) is told with its place rather than guessed.
 *
 * @module
 */
import {
  Composer,
  type CST,
  type Document as YamlDocument,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node as YamlNode,
  Parser,
  type Scalar,
} from "yaml";
import { counted } from "./counted.ts";
import { clip, type Diagnostic, DiagnosticError, type Location, suggest } from "./diagnostic.ts";
import { mergeInto } from "./merge_keys.ts";
import { collection, type Entry, type Node } from "./node.ts";
import type { Source } from "./source.ts";
import { hintOf } from "./yaml_hints.ts";

/** Characters that a document may have: one of 30,000 steps has 2 million. */
const MAX_CHARACTERS = 2 ** 23;
/** Collections within each other. */
const MAX_DEPTH = 100;
/** Values that a document may have once aliases are followed. */
const MAX_VALUES = 1_000_000;
/** Tags of JSON values. */
const TAGS: ReadonlySet<string> = new Set(
  ["str", "int", "float", "bool", "null", "map", "seq"].map((name) => `tag:yaml.org,2002:${name}`),
);

/**
 * Parses one YAML 1.2 document.
 *
 * @throws {DiagnosticError} on a syntax error, and on what is no JSON value: an unknown tag, a key
 *   that is there twice or no text, an alias without an anchor or in itself, a number that is not finite or not
 *   exact, control characters, too many characters, values or levels
 */
export function parseYaml(source: Source): Node {
  const unreadable = findUnreadable(source);
  if (unreadable !== undefined) throw new DiagnosticError([unreadable]);
  const composer = new Composer({ intAsBigInt: true, uniqueKeys: false });
  const [first, second] = composer.compose(shallowTokens(source), true, source.text.length);
  const diagnostics = problemsOf(first!, source);
  if (second !== undefined) {
    const start = second.contents?.range?.[0] ?? second.range[0];
    diagnostics.push({
      message: "a second YAML document begins here",
      location: source.place(start, start + 1),
      hint: "write one pipeline a file, without --- between parts",
    });
  }
  if (diagnostics.length > 0) throw new DiagnosticError(diagnostics);
  const reader = new Reader(source);
  const node = first!.contents === null
    ? nothing(source.place(0, 1))
    : reader.read(first!.contents);
  if (reader.diagnostics.length > 0) throw new DiagnosticError(reader.diagnostics);
  return node;
}

/** What makes a text no YAML file at all. */
function findUnreadable(source: Source): Diagnostic | undefined {
  const { text } = source;
  if (text.length > MAX_CHARACTERS) {
    return {
      message: `the file has ${text.length} characters, more than ${MAX_CHARACTERS}`,
      location: source.place(0, 1),
      hint: "use matrix and loop instead of writing steps out",
    };
  }
  // deno-lint-ignore no-control-regex -- these are what it looks for
  const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.exec(text);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).padStart(2, "0");
    return {
      message: `control character 0x${code}`,
      location: source.place(control.index, control.index + 1),
      hint: `delete it, or write "\\x${code}" in double quotes`,
    };
  }
  const lone = /\r(?!\n)/.exec(text);
  if (lone !== null) {
    return {
      message: "carriage return without a line feed",
      location: source.place(lone.index, lone.index + 1),
      hint: "save it with line ends of Unix or Windows",
    };
  }
  const conflict = /^(<{7}|={7}|>{7})( |\r?$)/m.exec(text);
  if (conflict !== null) {
    return {
      message: "merge conflict marker",
      location: source.place(conflict.index, conflict.index + 7),
      hint: "resolve the conflict and delete the marker lines",
    };
  }
  return undefined;
}

/** The tokens of a text, each of which can be composed without exhausting the stack. */
function* shallowTokens(source: Source): Generator<CST.Token> {
  for (const token of new Parser().parse(source.text)) {
    const deep = findDeep(token, source);
    if (deep !== undefined) throw new DiagnosticError([deep]);
    yield token;
  }
}

/** Collections nested so deeply that reading them would exhaust the stack. */
function findDeep(token: CST.Token, source: Source): Diagnostic | undefined {
  const pending: { readonly token: CST.Token; readonly depth: number }[] = [{ token, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { token, depth } = next;
    if (depth > MAX_DEPTH) return tooDeep(source.place(token.offset, token.offset + 1));
    if (token.type === "document") {
      if (token.value !== undefined) pending.push({ token: token.value, depth });
    } else if ("items" in token) {
      for (const { key, value } of token.items) {
        if (key && "items" in key) pending.push({ token: key, depth: depth + 1 });
        if (value && "items" in value) pending.push({ token: value, depth: depth + 1 });
      }
    }
  }
  return undefined;
}

function tooDeep(location: Location): Diagnostic {
  return {
    message: `nested more than ${MAX_DEPTH} levels deep`,
    location,
    hint: "a loop takes three levels, a step two",
  };
}

/** Errors and warnings of the parser: what it warns of, it guesses. */
function problemsOf(yaml: YamlDocument.Parsed, source: Source): Diagnostic[] {
  const all = [...yaml.errors, ...yaml.warnings];
  // Where one line is indented by a tab, all are.
  const [tab, ...tabs] = all.filter(({ code }) => code === "TAB_AS_INDENT");
  // After a token that is out of place, others seem so that are not.
  const [stray, ...strays] = all.filter(({ code }) => code === "UNEXPECTED_TOKEN");
  const told = all.filter((one) => !tabs.includes(one) && !strays.includes(one));
  const diagnostics = told.map((one) => {
    const { code, pos } = one;
    const more = one === tab && tabs.length > 0
      ? ` (and on ${counted(tabs.length, "more line")})`
      : "";
    const message = one.message + more;
    const location = source.place(pos[0], pos[1]);
    if (code === "TAG_RESOLVE_FAILED") return unknownTag(source.text.slice(...pos), location);
    const isReference = one === stray && source.text.startsWith("${", pos[0] - 1);
    const hint = isReference ? "put ${…} in quotes inside of { } and [ ]" : hintOf(code);
    return { message: `YAML syntax: ${message}`, location, ...hint === undefined ? {} : { hint } };
  });
  if (yaml.directives?.yaml.version !== "1.2") {
    diagnostics.push({
      message:
        `YAML ${yaml.directives?.yaml.version} reads yes, no and 010 otherwise than YAML 1.2`,
      location: source.place(0, 5),
      hint: "delete the line %YAML",
    });
  }
  return diagnostics;
}

function unknownTag(tag: string, location: Location): Diagnostic {
  const name = tag.replace("tag:yaml.org,2002:", "!!");
  return {
    message: `tag ${clip(name, 40)} means nothing here`,
    location,
    hint: "delete it; values come from params and from path=value on the command line",
  };
}

function nothing(place: Location): Node {
  return { kind: "scalar", value: null, place, size: 1, depth: 0 };
}

/** `<<` in quotes is a key like any other. */
function isMergeKey(yaml: YamlNode | null): boolean {
  return isScalar(yaml) && yaml.value === "<<" && yaml.type === "PLAIN";
}

/** Reads the nodes of a document, with its anchors. */
class Reader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: Source;
  /** Undefined while the node of the anchor is being read. */
  readonly #anchors = new Map<string, Node | undefined>();
  /** Values that aliases repeat. */
  #repeated = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  read(yaml: YamlNode): Node {
    const place = this.#placeOf(yaml);
    if (isAlias(yaml)) return this.#follow(yaml.source, place);
    const { anchor } = yaml as { readonly anchor?: string };
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const node = this.#readContent(yaml, place);
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }

  #readContent(yaml: YamlNode, place: Location): Node {
    if (yaml.tag !== undefined && !TAGS.has(yaml.tag)) {
      this.diagnostics.push(unknownTag(yaml.tag, place));
      return nothing(place);
    }
    let node: Node;
    if (isScalar(yaml)) return this.#scalar(yaml, place);
    else if (isSeq(yaml)) {
      node = collection(place, { items: yaml.items.map((item) => this.read(item as YamlNode)) });
    } else if (isMap(yaml)) node = this.#map(yaml.items as YamlPair[], place);
    else throw new TypeError(`Cannot read a ${yaml.constructor.name}`);
    if (node.depth <= MAX_DEPTH) return node;
    this.diagnostics.push(tooDeep(place));
    return nothing(place);
  }

  #map(pairs: readonly YamlPair[], place: Location): Node {
    const entries = new Map<string, Entry>(), own = new Set<string>();
    for (const { key: yamlKey, value } of pairs) {
      const location = yamlKey === null ? place : this.#placeOf(yamlKey);
      const key = isMergeKey(yamlKey) ? "<<" : this.#key(yamlKey, location);
      const read = value === null ? nothing(location) : this.read(value);
      if (key === undefined) continue;
      if (own.has(key)) {
        this.#tell(`key ${key} stands twice in one mapping`, location, "keep one of the two");
      }
      own.add(key);
      if (!isMergeKey(yamlKey)) entries.set(key, { key: location, value: read });
      else {
        const mistake = mergeInto(entries, read, location);
        if (mistake !== undefined) this.diagnostics.push(mistake);
      }
    }
    return collection(place, { entries });
  }

  /** @returns undefined when a mistake was told */
  #key(yaml: YamlNode | null, location: Location): string | undefined {
    if (!isScalar(yaml) || yaml.value === null) {
      this.#tell("a key must be text", location, "write key: value, with a name as the key");
      return undefined;
    }
    const key = typeof yaml.value === "string" ? yaml.value : yaml.source ?? String(yaml.value);
    if (key === "__proto__" || !key.isWellFormed()) {
      this.#tell(`${JSON.stringify(key)} cannot be a key`, location, "use another name");
      return undefined;
    }
    return key;
  }

  #scalar(yaml: Scalar, place: Location): Node {
    const { value } = yaml, text = yaml.source ?? "";
    switch (typeof value) {
      case "bigint":
        if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) {
          const hint = `write at most ${Number.MAX_SAFE_INTEGER}, or quote it where text is meant`;
          this.#tell(`${clip(text, 40)} is too large to be exact`, place, hint);
        } else if (/^[-+]?0\d/.test(text)) return this.#leadingZero(text, place);
        return { ...nothing(place), value: Number(value) } as Node;
      case "number":
        if (!Number.isFinite(value)) {
          const message = `${clip(text, 40)} is not a number that a pipeline can use`;
          this.#tell(message, place, "write a finite number");
        } else if (/^[-+]?0\d/.test(text)) return this.#leadingZero(text, place);
        return { ...nothing(place), value: value === 0 ? 0 : value } as Node; // no -0
      case "string":
        if (!value.isWellFormed()) {
          this.#tell("half of a surrogate pair", place, "write the whole character");
        }
        return { ...nothing(place), value } as Node;
      case "boolean":
        return { ...nothing(place), value } as Node;
      default:
        return nothing(place);
    }
  }

  /** Octal to YAML 1.1 and to many readers. */
  #leadingZero(text: string, place: Location): Node {
    const digits = text.replace(/^([-+]?)0+(?=\d)/, "$1");
    this.#tell(
      `${clip(text, 40)} begins with 0`,
      place,
      `write ${clip(digits, 40)}, or quote it as text`,
    );
    return nothing(place);
  }

  #follow(name: string, place: Location): Node {
    const node = this.#anchors.get(name);
    if (node === undefined) {
      if (this.#anchors.has(name)) {
        this.#tell(`alias *${name} stands in what it repeats`, place, "write the value out");
      } else {
        const hint = `an anchor &${name} must come before; ${
          suggest(name, [...this.#anchors.keys()])
        }`;
        this.#tell(`alias *${name} has no anchor`, place, hint);
      }
      return nothing(place);
    }
    this.#repeated += node.size;
    if (this.#repeated <= MAX_VALUES) return node;
    if (this.#repeated - node.size <= MAX_VALUES) {
      const hint = "use a matrix or a loop instead of aliases of aliases";
      this.#tell(`aliases repeat more than ${MAX_VALUES} values`, place, hint);
    }
    return nothing(place);
  }

  #placeOf(yaml: YamlNode): Location {
    const [start, end] = yaml.range!;
    return this.#source.place(start, end);
  }

  #tell(message: string, location: Location, hint: string): void {
    this.diagnostics.push({ message, location, hint });
  }
}

interface YamlPair {
  readonly key: YamlNode | null;
  readonly value: YamlNode | null;
}
