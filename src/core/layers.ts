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
 * A pipeline laid over the one that it extends, or those, of which each lies on the ones before; and so on below. What
 * several of them extend is the lowest of these, once.
 *
 * @throws {DiagnosticError} when one cannot be read, extends itself, names no file, is extended and no map, or removes what
 * is not there
 */
export function flatten(top: Layer, open: OpenLayer): Node {
  const layers: Layer[] = [], ids = new Set<string>();
  const lay = (layer: Layer, above: readonly string[]) => {
    const within = [...above, layer.id];
    for (const { name, node } of extendedBy(layer.root)) {
      const below = open(name, node);
      if (within.includes(below.id)) {
        throw mistake(node, `${name} extends this file`, "extend a third one in both");
      }
      if (below.root.kind !== "map") throw noMap(below.root, node);
      if (within.length + layers.length >= MAX_LAYERS) {
        throw mistake(node, `more than ${MAX_LAYERS} pipelines extend each other`, "merge some");
      }
      if (!ids.has(below.id)) lay(below, within);
    }
    ids.add(layer.id);
    layers.push(layer);
  };
  lay(top, []);
  const [{ root: lowest }] = layers as [Layer];
  const missed: Diagnostic[] = [];
  const made = layers.reduce(
    (below, { root }) => overlay(below, root, [], missed),
    nothingBelow(lowest),
  );
  if (missed.length > 0) throw new DiagnosticError(missed);
  return made;
}

/** The files that a pipeline names under `extends`. */
function extendedBy(root: Node): { readonly name: string; readonly node: Node }[] {
  const named = root.kind === "map" ? root.entries.get("extends")?.value : undefined;
  if (named === undefined) return [];
  const nodes = named.kind === "list" ? named.items : [named];
  if (nodes.length === 0) throw namesNone(named);
  return nodes.map((node) => {
    if (node.kind !== "scalar" || typeof node.value !== "string" || node.value === "") {
      throw namesNone(node);
    }
    return { name: node.value, node };
  });
}

function namesNone(node: Node): DiagnosticError {
  return mistake(
    node,
    "extends names no file",
    "write the path of a pipeline from this file, or a list of such",
  );
}

/** What the lowest layer lies on. */
function nothingBelow({ place }: Node): Node {
  return { kind: "scalar", value: null, place, size: 1, depth: 0 };
}

/**
 * One value laid over another: maps are merged, everything else replaces what is there, null removes it (but in `carry`
 * and `params`, where it is a value). A key that is new stands before the next key above that is not, or last.
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
  const isValue = isCarry || path.length === 1 && path[0] === "params";
  return node.kind === "scalar" && node.value === null && !isValue;
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

function mistake({ place }: Node, message: string, hint: string): DiagnosticError {
  return new DiagnosticError([{ message, location: place, hint }]);
}
