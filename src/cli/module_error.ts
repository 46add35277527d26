/** What Deno says of a module that cannot be read or run, in a line of plain text. @module */
import { stripVTControlCharacters } from "node:util";

/** What is wrong with a module, and where in which, as far as that is told. */
export interface ModuleError {
  readonly said: string;
  /** `/path/to/module.ts:1:19` */
  readonly place?: string;
}

/** @param path of the module, where what it throws does not name one */
export function moduleErrorOf(error: unknown, path: string): ModuleError {
  const text = stripVTControlCharacters(error instanceof Error ? error.message : String(error));
  const stack = error instanceof Error ? stripVTControlCharacters(error.stack ?? "") : "";
  const [said = ""] = text.split("\n");
  // What removes types from a module tells its own name instead.
  const [, line] = /stripTypeScriptTypes\.ts(:\d+:\d+)/.exec(text) ?? [];
  if (line !== undefined) return { said, place: path + line };
  const place = placeIn(text, path) ?? placeIn(stack, path);
  return place === undefined ? { said } : { said, place };
}

/** The first place in a module of the user's that a text tells. */
export function placeIn(text: string, path: string): string | undefined {
  for (const [, file, line] of text.matchAll(/file:\/\/(\/[^\s)]*?\.[cm]?[jt]sx?)(:\d+:\d+)/g)) {
    if (decodeURI(file!) === path) return path + line;
  }
  return undefined;
}
