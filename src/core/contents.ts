import { join } from "node:path";
import { MANIFEST } from "./artifact.ts";
import { entryIfThere, ifThere, listFiles } from "./files.ts";
import { TABLE_ENDING } from "./tables.ts";

/** How much a store holds. */
export interface Contents {
  readonly actions: number;
  readonly artifacts: number;
  /** Of rows that steps recorded. */
  readonly tables: number;
  /** Steps that would go on at one. */
  readonly checkpoints: number;
  readonly bytes: number;
}

/** How much is in a store's folder; blobs count once. */
export function contentsOf(directory: string): Contents {
  const names = (folder: string) =>
    ifThere(() => listFiles(join(directory, folder), `${folder}/`)) ?? [];
  const artifacts = names("artifacts"),
    tables = names("tables"),
    checkpoints = names("checkpoints");
  const files = [artifacts, names("blobs"), names("records"), tables, checkpoints].flat();
  const sizes = files.map((name) => entryIfThere(join(directory, name))?.size ?? 0);
  return {
    actions: names("actions").length,
    artifacts: artifacts.filter((name) => name.endsWith(`/${MANIFEST}`)).length,
    tables: tables.filter((name) => name.endsWith(TABLE_ENDING)).length,
    checkpoints: new Set(checkpoints.map((name) => name.split("/")[1])).size,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}
