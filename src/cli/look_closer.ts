import type { Store } from "../core/mod.ts";
import { hasRollouts } from "../records/rollouts.ts";
import { commandLine } from "./command_line.ts";

/**
 * Commands that show more of a run that has ended, in lines.
 *
 * @param keys of the steps that have a result, in the order in which they got it
 */
export function lookCloser(
  store: Store,
  run: string,
  keys: ReadonlyMap<string, string>,
  directory: string,
): string {
  const sampled = [...keys].findLast(([, key]) => hasRollouts(store, key));
  const where = directory === ".soar" ? [] : ["--store", directory];
  const commands = [
    ["show", run],
    ...sampled === undefined ? [] : [["rollouts", sampled[0], "--run", run]],
    ["ui"],
  ];
  return ["look closer:", ...commands.map((words) => `  ${commandLine([...words, ...where])}`)]
    .join("\n");
}
