/** Merge keys, `<<: *name`: a map takes what another one has and it has not (yaml.org/type/merge.html). @module */
import type { Diagnostic } from "./diagnostic.ts";
import type { Entry, Node } from "./node.ts";

/**
 * Takes what a map, or the maps of a list, have and the entries have not; earlier maps go first.
 *
 * @param merged the value of the merge key
 * @returns what is wrong with it
 */
export function mergeInto(entries: Map<string, Entry>, merged: Node): Diagnostic | undefined {
  const maps = merged.kind === "list" ? merged.items : [merged];
  const other = maps.find(({ kind }) => kind !== "map");
  if (other !== undefined || maps.length === 0) {
    const location = (other ?? merged).place;
    return {
      message: "<< takes no map",
      location,
      hint: "write <<: *name of a map, or a list of these",
    };
  }
  for (const map of maps) {
    if (map.kind !== "map") continue;
    for (const [key, entry] of map.entries) {
      if (!entries.has(key)) entries.set(key, entry);
    }
  }
  return undefined;
}
