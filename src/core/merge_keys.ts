/** Merge keys, `<<: *name`: a map takes what another one has and it has not (yaml.org/type/merge.html). @module */
import type { Diagnostic, Location } from "./diagnostic.ts";
import type { Entry, Node } from "./node.ts";

/**
 * Takes what a map, or the maps of a list, have and the entries have not; earlier maps go first.
 *
 * @param merged the value of the merge key
 * @param location of the merge key
 * @returns what is wrong with it
 */
export function mergeInto(
  entries: Map<string, Entry>,
  merged: Node,
  location: Location,
): Diagnostic | undefined {
  const maps = merged.kind === "list" ? merged.items : [merged];
  if (maps.length === 0 || maps.some(({ kind }) => kind !== "map")) {
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
