/** Of `select_hard`. @module */
import type { ConfigProblem } from "../../core/stage.ts";
import { checkShares } from "../shares.ts";
import { checkSampling } from "./check_sampling.ts";

/** Of `select_hard`. */
export function checkHard(
  config: Parameters<typeof checkSampling>[0] & {
    readonly samples: number;
    readonly max_correct: number;
    readonly train: number;
    readonly test: number;
  },
): ConfigProblem[] {
  const { samples, max_correct, train, test } = config;
  const problems = [...checkSampling(config), ...checkShares({ train, test })];
  if (max_correct >= samples) {
    const message = `max_correct: ${max_correct} of samples: ${samples} takes every problem`;
    problems.push({ key: "max_correct", message, hint: "write less than samples" });
  }
  return problems;
}
