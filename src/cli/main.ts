import { Command, Option, type OptionValues } from "@commander-js/extra-typings";
import { closest, DiagnosticError, ifThere, isOsError } from "../core/mod.ts";
import { collect, toBytes, toCount, toPort, toRate } from "./argument_types.ts";
import { executing } from "./executing.ts";
import { exportOutput } from "./export.ts";
import { graph } from "./graph_command.ts";
import { init } from "./init.ts";
import { checkDeno } from "./needs.ts";
import { complain, OutputError, standardOutput } from "./output.ts";
import { pipelineLike } from "./pipeline_file.ts";
import { plan } from "./plan_command.ts";
import { report } from "./report_command.ts";
import { addRolloutCommands } from "./rollout_commands.ts";
import { run } from "./run_command.ts";
import { addRunCommands } from "./run_commands.ts";
import { stages } from "./stages.ts";
import { ui } from "./ui_command.ts";
import { withHint } from "./unknown_option.ts";
import { DEVICES } from "../../schemas/pipeline.ts";
import { addUpkeep } from "./upkeep.ts";
import { validate } from "./validate_command.ts";
import denoConfig from "../../deno.json" with { type: "json" };

/** Which steps a run goes through, and which it makes again. */
function selecting<A extends unknown[], O extends OptionValues>(command: Command<A, O>) {
  const none: string[] = [];
  return command
    .option("--until <step>", "make this step and what it needs; may be given often", collect, none)
    .option("--only <step>", "make just this step; the store has what it needs", collect, none)
    .option("--from <step>", "make this step again, and all that depend on it", collect, none)
    .option("--force <step>", "make this step again", collect, none);
}

/** The commands, and the exit code of the one that was run. */
export function commandsFor(
  args: readonly string[],
): { readonly program: Command; readonly exitCode: () => number } {
  let code = 0;
  const command = (name: string, description: string, isDefault = false) =>
    program.command(name, { isDefault }).description(description)
      .argument("<pipeline>", "a YAML file, such as pipelines/soar.yaml")
      .option("--store <dir>", "where results are kept", ".soar")
      .option(
        "--trust",
        "load modules that the pipeline names without asking: they run with your rights",
      )
      .option(
        "--set <path=value>",
        "override a value; may be given often",
        collect,
        [] as string[],
      );
  const program = new Command("soar")
    .description("Teacher–student meta-RL for language models, declared in YAML, on ONNX Runtime.")
    .version(denoConfig.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => standardOutput().write(text),
      writeErr: (text) => complain(text.trimEnd()),
      outputError: (text, write) => write(withHint(text, args)),
    });

  executing(
    selecting(command("run", "run a pipeline; goes on where the last run ended", true)),
  )
    .argument("[overrides...]", "path=value")
    .option("--json", "print events as NDJSON")
    .option("--name <name>", "what to call the run, besides its id")
    .option("--tensorboard", "write numbers for TensorBoard while it runs, to runs/ID/tensorboard")
    .option("--threads <n>", "threads of the processor; all of them unless given", toCount)
    .option("--same-machine", "make again what was made on another kind of machine")
    .option(
      "--continue <run>",
      "with --from or --force: what this run made again is not made once more",
      collect,
      [] as string[],
    )
    .option("--keep-going", "let a failed step stop only what needs it")
    .option("--verbose", "show where in the program a step failed")
    .option("--no-report", "write no report.html of the run")
    .action(async (file, overrides, options) => {
      if (args[0] === file) refuseMisspelt(file, program.commands.map((one) => one.name()));
      code = await run(file, overrides, options);
    });
  executing(selecting(command("plan", "tell what a run would do, and why")))
    .argument("[overrides...]", "path=value")
    .option("--json", "print a JSON object a step")
    .option("--memory <size>", "what a step may take, such as 80GiB; this machine's", toBytes)
    .option("--tflops <n>", "what a device does in a second, in 10^12 operations", toRate)
    .action(async (file, overrides, options) => {
      code = await plan(file, overrides, options);
    });
  command("validate", "check a pipeline")
    .argument("[overrides...]", "path=value")
    .option("--json", "print a JSON object, with all mistakes")
    .action(async (file, overrides, options) => {
      code = await validate(file, overrides, options);
    });
  command("graph", "print a pipeline as a Mermaid flowchart")
    .argument("[overrides...]", "path=value")
    .option("--json", "print steps and what they read as a JSON object")
    .action(async (file, overrides, options) => {
      code = await graph(file, overrides, options);
    });
  command("explain", "tell what a step's key is made of, and what changed")
    .argument("<step>", "a step that `plan` lists")
    .argument("[overrides...]", "path=value")
    .option("--run <run>", "the run to compare with; the last that has the step")
    .option("--json", "print JSON")
    .action(async (file, step, overrides, options) => {
      const { explain } = await import("./explain.ts");
      code = await explain(file, step, overrides, options);
    });
  command("export", "copy a stored output to a directory")
    .argument("<output>", "step.port, such as final.policy, or step.port[0] of a list")
    .argument("[directory]", "where to")
    .argument("[overrides...]", "path=value")
    .option("--run <run>", "of a recorded run, without its file: export OUTPUT DIRECTORY --run RUN")
    .option("--json", "print a JSON object an artifact")
    .option("--onnx", "make an ONNX model of a policy")
    .addOption(
      new Option("--precision <type>", "of the ONNX model's matrices; float32 unless given")
        .choices(["float32", "float16"] as const),
    )
    .action(async (file, output, directory, overrides, options) => {
      code = await exportOutput(file, output, directory, overrides, options);
    });
  executing(program.command("sweep"))
    .description("run a pipeline with every combination of values, and tell how its numbers spread")
    .argument("<pipeline>", "a YAML file, such as pipelines/soar.yaml")
    .argument("[overrides...]", "path=value, path=value,value or path=1..6, the end left out")
    .option("--set-file <file>", "a YAML file with paths and values, or lists of values")
    .option(
      "--metric <step.metric>",
      "a number to tell; may be given often",
      collect,
      [] as string[],
    )
    .option("--name <name>", "what to call the sweep, besides its id")
    .option("--csv <file>", "write the table as CSV")
    .option("--markdown <file>", "write the table as Markdown")
    .option("--store <dir>", "where results are kept", ".soar")
    .option("--threads <n>", "threads of the processor; all of them unless given", toCount)
    .option("--trust", "load modules that the pipeline names without asking")
    .option("--json", "print events as NDJSON, and the table at the end")
    .action(async (file, overrides, options) => {
      code = await (await import("./sweep_command.ts")).sweep(file, overrides, options);
    });
  program.command("step")
    .description("run a step that a run has written into its store: for executors")
    .argument("[key]", "key of the step's result")
    .option("--store <dir>", "where results are kept", ".soar")
    .addOption(
      new Option("--device <device>", "where graphs run")
        .choices(DEVICES).default("auto" as const),
    )
    .option("--threads <n>", "threads of the processor; all of them unless given", toCount)
    .option("--trust", "load modules of the user's without asking")
    .option("--serve", "run steps as standard input tells, until that ends")
    .action(async (key, options) => {
      code = await (await import("./step_command.ts")).step(key, options);
    });
  program.command("doctor")
    .description("tell what there is to run on, what of it works, and how fast it is")
    .addOption(
      new Option("--device <device>", "try this one alone; it has to work").choices(DEVICES),
    )
    .option("--json", "print a JSON object")
    .action(async (options) => {
      code = await (await import("./doctor_command.ts")).doctor(options);
    });
  program.command("stages").description("list what a pipeline can name, or tell of one")
    .argument("[name]", "a stage, task, grader, reward or loss")
    .option("--json", "print JSON, with settings as JSON Schema")
    .action((name, options) => {
      code = stages(name, options);
    });
  program.command("report").description("write a report of a run, or of several, as one HTML file")
    .argument("[runs...]", "ids or names of runs or sweeps; the last run unless given")
    .option("--store <dir>", "where results are kept", ".soar")
    .option("--out <file>", "where to; the run's own folder unless given")
    .option("--markdown", "as Markdown, printed unless --out is given")
    .option("--json", "print a JSON object")
    .action(async (runs, options) => {
      code = await report(runs, options);
    });
  program.command("init").description("write a small pipeline with comments to start from")
    .argument("<directory>", "where to")
    .option("--json", "print a JSON object")
    .action(async (directory, options) => {
      code = await init(directory, options);
    });
  program.command("ui").description("show the runs of a store on a page, live")
    .option("--store <dir>", "the store", ".soar")
    .option("--port <n>", "port to listen at; 0 is any that is free", toPort, 0)
    .option(
      "--host <address>",
      "address to listen at; others than this machine's own need a token",
      "127.0.0.1",
    )
    .option("--open", "open it in the browser")
    .option("--json", "print the address as a JSON object")
    .action(async (options) => {
      code = await ui(options);
    });
  addRolloutCommands(program, (exit) => code = exit);
  addUpkeep(program, (exit) => code = exit);
  addRunCommands(program, (exit) => code = exit);

  return { program, exitCode: () => code };
}

/** Runs the command line. @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const { program, exitCode } = commandsFor(args);
  try {
    checkDeno();
    // Without arguments the whole help says more than that the pipeline is missing.
    await program.parseAsync(args.length === 0 ? ["--help"] : [...args], { from: "user" });
    return exitCode();
  } catch (error) {
    return reportError(error);
  }
}

/** A word that is no file, and no command. @throws {DiagnosticError} */
function refuseMisspelt(word: string, commands: readonly string[]): void {
  const near = closest(word.toLowerCase(), commands);
  if (near === undefined && !/^[^/.]+$/.test(word)) return; // it is meant as a file
  if (ifThere(() => Deno.statSync(word)) !== undefined) return;
  const message = `there is no command ${word}, and no pipeline of that name`;
  const hint = near === undefined ? pipelineLike(word) : `did you mean ${near}?`;
  throw new DiagnosticError([{ message, hint }]);
}

/** A user's mistake is told plainly; a programmer's keeps its stack. */
function reportError(error: unknown): number {
  if (error instanceof DiagnosticError) {
    complain(error.message);
    return 2;
  }
  if (error instanceof Error && "exitCode" in error) {
    return Number(error.exitCode) === 0 ? 0 : 2; // commander has told it
  }
  if (error instanceof OutputError) {
    if (error.closed) return 0; // whoever closes a command's output has seen enough of it
    complain(`error: ${error.message}`);
    return 1;
  }
  if (isOsError(error)) {
    complain(`error: ${error.message}`);
    return 2;
  }
  throw error;
}
