import type { RunResult } from "../core/mod.ts";

/** What the program's exit codes mean. */
export const EXIT_CODES = {
  0: "Done.",
  1: "Failed: a step did, or the output could not be written. What is done is kept.",
  2: "A mistake to be mended first, in the pipeline, the command line or the machine: nothing has run.",
  130: "Stopped by Ctrl-C. What is done is kept; the same command goes on there.",
} as const;

/** The exit code of a run. */
export function exitCodeOf(status: RunResult["status"]): keyof typeof EXIT_CODES {
  return ({ done: 0, failed: 1, stopped: 130 } as const)[status];
}
