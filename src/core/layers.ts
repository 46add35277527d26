/** Pipelines that lie on others: `extends`. @module */
import { type Diagnostic, DiagnosticError, show, suggest } from "./diagnostic.ts";
import { collection, type Entry, type Node, toJson } from "./node.ts";

/** What an `extends` names, where it stands, and the text there. */
export interface Layer {
  /** Tells one file from another, whatever it is called. */
  readonly id: string;
  readonly root: Node;
}

/** Finds the pipeline that another one extends. @throws {DiagnosticError} when it cannot be read */
export type OpenLayer = (file: string, from: Node) => Layer;

/** Pipelines within each other: more are a mistake. */
const MAX_LAYERS = 20;

/**
 * A pipeline laid over the one that it extends, that over the one that it extends, and so on.
 *
 * @throws {DiagnosticError} when one cannot be read, extends itself, names no file, is extended and no map, or removes what
 * is not there
 */
export function flatten(top: Layer, open: OpenLayer): Node {
  const ids = new Set<string>(), roots: Node[] = [];
  for (let layer: Layer | undefined = top; layer !== undefined;) {
    ids.add(layer.id);
    const { root } = layer, named = root.kind === "map" ? root.entries.get("extends") : undefined;
    roots.push(root);
    layer = undefined;
    if (named === undefined) break;
    const { value: node } = named;
    if (node.kind !== "scalar" || typeof node.value !== "string" || node.value === "") {
      throw mistake(named, "extends names no file", "write the path of a pipeline from this file");
    }
    layer = open(node.value, node);
    if (ids.has(layer.id)) {
      throw mistake(named, `${node.value} extends this file`, "extend a third one in both");
    }
    if (layer.root.kind !== "map") throw noMap(layer.root, node);
    if (roots.length === MAX_LAYERS) {
      throw mistake(named, `more than ${MAX_LAYERS} pipelines extend each other`, "merge some");
    }
  }
  const missed: Diagnostic[] = [];
  const made = roots.reduceRight(
    (below, above) => overlay(below, above, [], missed),
    nothingBelow(roots),
  );
  if (missed.length > 0) throw new DiagnosticError(missed);
  return made;
}

/** What the lowest layer lies on. */
function nothingBelow(roots: readonly Node[]): Node {
  return { kind: "scalar", value: null, place: roots.at(-1)!.place, size: 1, depth: 0 };
}

/**
 * One value laid over another: maps are merged, everything else replaces what is there, null removes it (but in `carry`,
 * where it is a value). A key that is new stands before the next key above that is not, or last.
 *
 * @param missed takes what is removed and not there
 */
function overlay(
  below: Node,
  above: Node,
  path: readonly string[],
  missed: Diagnostic[],
): Node {
  if (above.kind !== "map" || below.kind !== "map") return above;
  const added = new Map<string, [string, Entry][]>();
  let waiting: [string, Entry][] = [];
  for (const [key, entry] of above.entries) {
    if (!below.entries.has(key)) {
      if (isRemoval(entry.value, path)) missed.push(nothingThere(key, entry, below.entries));
      else waiting.push([key, entry]);
      continue;
    }
    added.set(key, waiting);
    waiting = [];
  }
  const entries = new Map<string, Entry>();
  for (const [key, entry] of below.entries) {
    for (const [name, one] of added.get(key) ?? []) entries.set(name, one);
    const over = above.entries.get(key);
    if (over === undefined) entries.set(key, entry);
    else if (!isRemoval(over.value, path)) {
      const value = overlay(entry.value, over.value, [...path, key], missed);
      entries.set(key, { key: over.key, value });
    }
  }
  for (const [name, one] of waiting) entries.set(name, one);
  if (path.length === 0) entries.delete("extends");
  return collection(above.place, { entries });
}

function isRemoval(node: Node, path: readonly string[]): boolean {
  const isCarry = path.at(-1) === "carry" && path.at(-2) === "loop";
  return node.kind === "scalar" && node.value === null && !isCarry;
}

function nothingThere(
  key: string,
  { key: location }: Entry,
  below: ReadonlyMap<string, Entry>,
): Diagnostic {
  const known = [...below.keys()].filter((name) => name !== "extends");
  return {
    message: `${show(key)} is removed, and not in what is extended`,
    location,
    hint: suggest(key, known),
  };
}

function noMap(root: Node, named: Node): DiagnosticError {
  return new DiagnosticError([{
    message: `expected a map, got ${show(toJson(root))}`,
    location: root.place,
    hint: "a pipeline begins with name: and steps:",
    related: [{ message: "it is extended here", location: named.place }],
  }]);
}

function mistake({ value }: Entry, message: string, hint: string): DiagnosticError {
  return new DiagnosticError([{ message, location: value.place, hint }]);
}
