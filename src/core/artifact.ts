import { join } from "node:path";
import type { Artifact } from "./stage.ts";

/** Copies an artifact's files, folders included, into a directory that is there; its manifest stays behind. */
export function copyArtifact(artifact: Artifact, directory: string): void {
  copyInto(artifact.directory, directory);
}

function copyInto(from: string, to: string): void {
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    const source = join(from, name), target = join(to, name);
    if (isDirectory) {
      Deno.mkdirSync(target, { recursive: true });
      copyInto(source, target);
    } else if (name !== "manifest.json") Deno.copyFileSync(source, target);
  }
}
