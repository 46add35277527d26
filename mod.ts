/**
 * Teacher–student meta-RL for language models, declared in YAML, run on ONNX Runtime.
 *
 * As a program: `deno run -A mod.ts pipelines/soar.yaml`. As a library: {@linkcode runPipeline}.
 *
 * @example
 * ```ts ignore
 * import { runPipeline } from "./mod.ts";
 * const { status, actions } = await runPipeline("pipelines/soar.yaml", {
 *   overrides: ["params.tau=0.002"],
 *   store: ".soar",
 *   listen: (event) => console.log(event.kind),
 * });
 * console.log(status, actions.get("report")?.metrics);
 * ```
 *
 * @module
 */
import { main } from "./src/cli/main.ts";

export {
  type Action,
  type Diagnostic,
  DiagnosticError,
  type Event,
  type Json,
  type JsonObject,
  type KeyParts,
  type Listener,
  type Location,
  type Machine,
  type Metrics,
  type RunResult,
  type Seed,
  type Source,
  type Span,
} from "./src/core/mod.ts";
export { type PipelineOptions, runPipeline } from "./src/cli/run.ts";
export { defineStage, type Services } from "./stages/stage.ts";
export { readJson, readProblems, writeJson, writeProblems } from "./stages/artifacts.ts";
export { defineTask, type Task } from "./src/tasks/task.ts";
export { defineReward, type Sample } from "./src/rewards/reward.ts";
export {
  compareAnswer,
  defineGrader,
  type Grader,
  type Problem,
  type Verdict,
} from "./src/graders/grader.ts";
export { main };

// Not awaited: a module of the user's that imports this one would wait for it, and it for the module.
if (import.meta.main) main(Deno.args).then(Deno.exit);
