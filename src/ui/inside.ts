/** Names from an address as folders of a store, and of nothing else. @module */
import { join } from "node:path";
import { ifThere, type Store } from "../core/mod.ts";

/** What an id, a key and a table may be called: no path leads anywhere from it. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;

/** Whether a file or folder of a store is there, and is in the store also once links are followed. */
export function isInside({ directory }: Store, ...path: readonly string[]): boolean {
  if (!path.every((name) => NAME.test(name))) return false;
  return ifThere(() => {
    const store = Deno.realPathSync(directory);
    return Deno.realPathSync(join(directory, ...path)) === join(store, ...path);
  }) ?? false;
}
