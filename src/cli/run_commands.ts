/** Commands that look at what runs leave. What they do is loaded when one is called. @module */
import type { Command } from "@commander-js/extra-typings";
import { toCount } from "./argument_types.ts";

/** Adds the commands. @param exit takes the exit code */
export function addRunCommands(program: Command, exit: (code: number) => void): void {
  const command = (name: string, description: string) =>
    program.command(name).description(description)
      .option("--store <dir>", "where results are kept", ".soar")
      .option("--json", "print JSON");
  const LAST = "an id, its beginning, a name, or last";

  command("runs", "list runs, the latest first")
    .option("-n, --count <n>", "how many: 20 unless given, all with --json", toCount)
    .action(async (options) => exit((await import("./runs_command.ts")).runs(options)));
  command("show", "tell of a run, a step of one, or an artifact")
    .argument("[what]", "a run; a step; step.port; the beginning of a digest; the last run")
    .option("--run <run>", `the run that a step is of: ${LAST}`)
    .action(async (what, options) =>
      exit(await (await import("./show_command.ts")).show(what, options))
    );
  command("status", "tell how far the runs are that run now")
    .action(async (options) => exit((await import("./status_command.ts")).status(options)));
  command("logs", "tell what happened in a run")
    .argument("[step]", "a step; meta.students means every iteration; * stands for any text")
    .option("--run <run>", LAST, "last")
    .option("-f, --follow", "go on until the run ends")
    .action(async (step, options) =>
      exit(await (await import("./logs_command.ts")).logs(step, options))
    );
  command("metrics", "tell the numbers of steps: what they gave back, and their curves")
    .argument("[steps...]", "steps; meta.students means every iteration; * stands for any text")
    .option("--run <run>", LAST, "last")
    .option("--csv <file>", "write all as CSV")
    .option(
      "-n, --count <n>",
      "how many rows of a step's curve, the last: 10 unless given",
      toCount,
    )
    .action(async (steps, options) =>
      exit(await (await import("./metrics_command.ts")).metrics(steps, options))
    );
  command("diff", "tell what is different between two runs, or groups of runs")
    .argument("<before>", "a run, several with commas, or a sweep")
    .argument("<after>", "the same")
    .option("-n, --count <n>", "how many lines of a part: 20 unless given", toCount)
    .action(async (before, after, options) =>
      exit((await import("./diff_command.ts")).diff(before, after, options))
    );
}
