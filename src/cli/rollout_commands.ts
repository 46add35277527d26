/** The commands that show what models wrote, and its numbers. @module */
import type { Command } from "@commander-js/extra-typings";
import { collect, toIndex } from "./argument_types.ts";

/** Adds them. @param exit takes the exit code */
export function addRolloutCommands(program: Command, exit: (code: number) => void): void {
  const command = (name: string, description: string) =>
    program.command(name).description(description)
      .argument("<step>", "a step that `plan` lists, or its name without iterations, for all")
      .option("--store <dir>", "where results are kept", ".soar")
      .option("--run <run>", "a run's id or name; the last unless given")
      .option("--iteration <n>", "of the loop around the step", toIndex);

  command("rollouts", "show what models wrote in a step, and how it was graded")
    .option("--step <n>", "training step, part or round within the step", toIndex)
    .option("--problem <id>", "of one problem")
    .option("--verdict <verdict>", "such as wrong; may be given often", collect, [] as string[])
    .option("--reward <condition>", "such as '<0.5'")
    .option("--text <text>", "in prompt or completion: a text, or /pattern/flags")
    .option("--limit <n>", "so many at most; 0 is all", toIndex)
    .option("--why", "show the groups that nothing is learned from, and why")
    .option("--json", "print a JSON object a line")
    .option("--jsonl <file>", "write them to a file, all unless limited")
    .action(async (step, options) =>
      exit(await (await import("./rollouts_command.ts")).rollouts(step, options))
    );
  command("rescore", "grade what models wrote again, with other rewards or another grader")
    .argument("[settings...]", "path=value below the step's `with`, such as task.grader.uses=math")
    .option("--rewards <yaml>", "other rewards, such as '{ correct: 1, formatted: 0.2 }'")
    .option("--grader <yaml>", "another grader of the task, such as exact or '{ uses: math }'")
    .option("--limit <n>", "so many examples of what changed", toIndex, 5)
    .option("--trust", "load modules that the pipeline names without asking")
    .option("--json", "print a JSON object")
    .action(async (step, settings, options) =>
      exit(await (await import("./rescore_command.ts")).rescore(step, settings, options))
    );
  program.command("tensorboard").description("write what is kept of a run for TensorBoard")
    .argument("[run]", "a run's id or name", "last")
    .option("--store <dir>", "where results are kept", ".soar")
    .option("--to <dir>", "a folder for it; that of the run unless given")
    .option("--json", "print a JSON object")
    .action(async (run, options) =>
      exit(await (await import("./tensorboard_command.ts")).tensorboard(run, options))
    );
}
