/** Files inside artifacts: JSON and JSONL under fixed names. @module */
import { join } from "node:path";
import type { Artifact, Output } from "../core/stage.ts";
import type { Problem } from "../graders/grader.ts";

/** File of the problems in a `problems` artifact. */
export const PROBLEMS_FILE = "problems.jsonl";

/** File of the completions that pose no problem, in a `proposals` artifact. */
export const REJECTED_FILE = "rejected.jsonl";

/** Writes `NAME.json` into an output. */
export function writeJson(output: Output, name: string, value: unknown): void {
  Deno.writeTextFileSync(join(output.directory, `${name}.json`), JSON.stringify(value, null, 2));
}

/** Reads `NAME.json` of an artifact. */
export function readJson<T>(artifact: Artifact, name: string): T {
  return JSON.parse(Deno.readTextFileSync(join(artifact.directory, `${name}.json`))) as T;
}

/** Writes one value a line. */
export function writeLines(directory: string, file: string, values: readonly unknown[]): void {
  const text = values.map((value) => JSON.stringify(value) + "\n").join("");
  Deno.writeTextFileSync(join(directory, file), text);
}

/** Steps of a student's training in a `rollouts` artifact. */
export const STEPS_FILE = "steps.jsonl";

/** `checkpoints.json` of a `rollouts` artifact: steps taken at each checkpoint. */
export interface Checkpoints {
  readonly steps: readonly number[];
}

/** Reads one value a line. */
export function readLines<T>(artifact: Artifact, file: string): T[] {
  return Deno.readTextFileSync(join(artifact.directory, file))
    .split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as T);
}

/** Writes a `problems` artifact. */
export function writeProblems(output: Output, problems: readonly Problem[]): void {
  writeLines(output.directory, PROBLEMS_FILE, problems);
}

/** Reads the problems of a `problems` artifact; `T` tells what else its lines hold. */
export function readProblems<T extends Problem = Problem>(artifact: Artifact): T[] {
  return readLines<T>(artifact, PROBLEMS_FILE);
}

/** Copies what is in a folder into another that is there; a link becomes what it leads to. */
export function copyFolder(from: string, to: string): void {
  for (const { name } of [...Deno.readDirSync(from)]) {
    const [source, target] = [join(from, name), join(to, name)];
    if (Deno.statSync(source).isDirectory) {
      Deno.mkdirSync(target);
      copyFolder(source, target);
    } else Deno.copyFileSync(source, target);
  }
}
