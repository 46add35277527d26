/** JSON with the places of its values. @module */
import { findNodeAtLocation, type Node, type ParseError, parseTree } from "jsonc-parser";

/** Tells where values stand in a JSON text, counted from 0. It is read again for the first that is asked for. */
export function offsetsIn(text: string): (steps: readonly (string | number)[]) => number {
  let tree: Node | undefined;
  return (steps) => {
    tree ??= parseTree(text);
    return tree === undefined ? 0 : findNodeAtLocation(tree, [...steps])?.offset ?? tree.offset;
  };
}

/** A JSON value. Whole numbers that a double cannot tell apart become bigints. @throws {SyntaxError} */
export function parseJson(text: string): unknown {
  return /\d{16}/.test(text) ? JSON.parse(text, exactly as never) : JSON.parse(text);
}

/** What work gives that goes down into a value. @param fail is told where lists and maps are too deep for it */
export function descend<T>(work: () => T, fail: (problem: string, cause: unknown) => Error): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw fail("has too many lists and maps within each other", error);
  }
}

function exactly(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** Where a text stops being JSON, counted from 0. */
export function brokenAt(text: string): number {
  const errors: ParseError[] = [];
  parseTree(text, errors, { disallowComments: true });
  return Math.min(text.length, ...errors.map(({ offset }) => offset));
}

/** What is wrong with a text that is no JSON, without the place that the engine tells in its own words. */
export function problemOf(error: unknown): string {
  return (error as Error).message.replace(
    /(?:, (?:\.{3})?"[^]*"(?:\.{3})? is not valid JSON|,? (?:at|in JSON).*)$/,
    "",
  );
}

/** Line and column of an offset, counted from 1. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset), start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - start + 1 };
}
