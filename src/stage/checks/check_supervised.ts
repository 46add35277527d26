/** Of `train_supervised`. @module */
import type { ConfigProblem } from "../../core/stage.ts";
import { checkSchedule, type Schedule } from "./check_schedule.ts";
import { checkDecay } from "./check_training.ts";
import type { Given } from "./given.ts";

/** Of `train_supervised`. */
export function checkSupervised(
  config: Schedule & {
    readonly path?: string;
    readonly task?: unknown;
    readonly steps?: number;
    readonly num_train_epochs: number;
    readonly completion: string;
    readonly weight_decay: number;
    readonly decay_on: string;
  },
  given: Given,
): ConfigProblem[] {
  const problems = [...checkSchedule(config), ...checkDecay(config)];
  const sources = [
    ...(config.path === undefined ? [] : ["path"]),
    ...["problems", "datasets"].filter((port) => given.has(port)),
  ];
  if (sources.length !== 1) {
    problems.push({
      key: sources.length === 0 ? "path" : sources[0]!,
      message: sources.length === 0
        ? "there is nothing to train on"
        : `${sources.join(" and ")} are both to be trained on`,
      hint: "set path to a JSONL file, or connect problems or datasets: one of them",
    });
  }
  if (given.has("problems") && config.task === undefined) {
    problems.push({
      key: "task",
      message: "problems are asked as a task asks them, and there is none",
      hint: "set task, such as questions",
    });
  }
  if (!given.has("problems") && config.completion !== "answer") {
    problems.push({
      key: "completion",
      message: "completion is a field of problems, and these are not trained on",
      hint: "connect problems, or leave it out",
    });
  }
  if (config.steps !== undefined && config.num_train_epochs > 1) {
    problems.push({
      key: "num_train_epochs",
      message: "num_train_epochs does nothing where steps is set",
      hint: "leave one of them out",
    });
  }
  return problems;
}
