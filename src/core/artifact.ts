import { join } from "node:path";
import type { Artifact } from "./stage.ts";

/** Name of the file that says what an artifact consists of. */
export const MANIFEST = "manifest.json";

/**
 * Copies an artifact's files, folders included, into a directory that is there; its manifest stays behind.
 *
 * @param place how; an {@linkcode Output}'s `place` links large files
 */
export function copyArtifact(
  artifact: Artifact,
  directory: string,
  place: (from: string, to: string) => void = Deno.copyFileSync,
): void {
  copyInto(artifact.directory, directory, place);
}

function copyInto(from: string, to: string, place: (from: string, to: string) => void): void {
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    const source = join(from, name), target = join(to, name);
    if (isDirectory) {
      Deno.mkdirSync(target, { recursive: true });
      copyInto(source, target, place);
    } else if (name !== MANIFEST) place(source, target);
  }
}
