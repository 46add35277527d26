/**
 * A document as a tree of values that know where they stand. Nodes are never changed: what an alias repeats is
 * one node in several places, and setting a value makes new nodes on the way to it alone.
 *
 * @module
 */
import type { Json, JsonObject } from "../../schemas/infer.ts";
import type { Location } from "./diagnostic.ts";

export type { Json, JsonObject } from "../../schemas/infer.ts";
/** Keys and indices from the root of a document to a value. */
export type Path = readonly (string | number)[];

interface Common {
  /** Where it stands. */
  readonly place: Location;
  /** Values in it, itself included and aliases followed. */
  readonly size: number;
  /** Levels of collections in it, itself included and aliases followed. */
  readonly depth: number;
}
/** A value of a document. */
export type Node =
  | Common & { readonly kind: "scalar"; readonly value: null | boolean | number | string }
  | Common & { readonly kind: "list"; readonly items: readonly Node[] }
  | Common & { readonly kind: "map"; readonly entries: ReadonlyMap<string, Entry> };
/** A value of a map. */
export interface Entry {
  /** Where its key stands. */
  readonly key: Location;
  readonly value: Node;
}

/** A list or a map; what it takes follows from what is in it. */
export function collection(
  place: Location,
  content: { readonly items: readonly Node[] } | { readonly entries: ReadonlyMap<string, Entry> },
): Node {
  const children = "items" in content
    ? content.items
    : [...content.entries.values()].map(({ value }) => value);
  let size = 1, depth = 0;
  for (const child of children) {
    size += child.size;
    depth = Math.max(depth, child.depth);
  }
  const common = { place, size, depth: depth + 1 };
  return "items" in content
    ? { kind: "list", ...common, items: content.items }
    : { kind: "map", ...common, entries: content.entries };
}

/** What stands under a key or an index; undefined where nothing does. */
export function childOf(node: Node, part: string | number): Node | undefined {
  switch (node.kind) {
    case "scalar":
      return undefined;
    case "list":
      return /^\d+$/.test(String(part)) ? node.items[Number(part)] : undefined;
    case "map":
      return node.entries.get(String(part))?.value;
    default:
      return node satisfies never;
  }
}

/**
 * A tree with another value at a path. Maps on the way to it are made where there are none.
 *
 * @param keys where the parts of the path are written
 * @throws {RangeError} where the path leads through a value or beside a list
 */
export function withValue(node: Node, path: Path, value: Node, keys: readonly Location[]): Node {
  const [part, ...rest] = path, [place = value.place, ...others] = keys;
  if (part === undefined) return value;
  const child = childOf(node, part);
  const changed = withValue(child ?? emptyMap(value.place), rest, value, others);
  if (node.kind === "scalar" && node.value === null) {
    return withValue(emptyMap(node.place), path, value, keys);
  }
  if (node.kind === "map") {
    const key = rest.length === 0 ? place : node.entries.get(String(part))?.key ?? place;
    const entries = new Map(node.entries).set(String(part), { key, value: changed });
    return collection(node.place, { entries });
  }
  if (node.kind === "list" && child !== undefined) {
    return collection(node.place, { items: node.items.with(Number(part), changed) });
  }
  throw new RangeError(`Cannot set ${path.join(".")} of a ${node.kind}`);
}

function emptyMap(place: Location): Node {
  return { kind: "map", place, size: 1, depth: 1, entries: new Map() };
}

/** A tree as plain data; what is one node in several places is one object there. */
export function toJson(node: Node, made: Map<Node, Json> = new Map()): Json {
  if (node.kind === "scalar") return node.value;
  let value = made.get(node);
  if (value === undefined) {
    value = node.kind === "list"
      ? node.items.map((item) => toJson(item, made))
      : Object.fromEntries(
        Array.from(node.entries, ([key, entry]) => [key, toJson(entry.value, made)]),
      );
    made.set(node, value);
  }
  return value;
}

/** Whether a value is a map. */
export function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
