/**
 * Teacher–student meta-RL for language models, declared in YAML, run on ONNX Runtime.
 *
 * As a program: `deno run -A mod.ts pipelines/soar.yaml`. As a library: {@linkcode runPipeline}, and what a module of your
 * own defines: {@linkcode defineStage}, {@linkcode defineTask}, {@linkcode defineReward}, {@linkcode defineGrader},
 * {@linkcode defineLoss}. What runs policies is in `@soar/soar/engine`, which a start does not have to load.
 *
 * @example
 * ```ts
 * import { runPipeline } from "@soar/soar";
 *
 * const { status, actions } = await runPipeline("examples/own/pipeline.yaml", {
 *   overrides: ["steps.student.with.steps=2"],
 *   store: Deno.makeTempDirSync(),
 *   trust: true, // it brings modules of its own
 *   listen: (event) => console.log(event.kind),
 * });
 * console.log(status, actions.get("test")?.metrics);
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
  type Resources,
  type RunResult,
  type Seed,
  type Source,
  type Span,
  type Stamped,
  type Wanted,
} from "./src/core/mod.ts";
export type { Executing } from "./src/cli/executing.ts";
export { type PipelineOptions, runPipeline } from "./src/cli/run_command.ts";
export type { SweepPlace } from "./src/records/run_record.ts";
export type { Infer, InferAll, MapSchema, ObjectSchema, Schema, Used } from "./schemas/infer.ts";
export {
  type Artifact,
  type Checkpoint,
  type Checkpointing,
  type ConfigProblem,
  type Made,
  type Output,
  type Port,
  type PortSpec,
  type Stage,
  type StageContext,
  type StageDefinition,
} from "./src/core/stage.ts";
export { defineStage, engineOf, type Forecasts, type Services } from "./src/stage/define_stage.ts";
export { readJson, readProblems, writeJson, writeProblems } from "./src/stage/artifact_files.ts";
export {
  type Corpus,
  defineTask,
  type Draft,
  type Generator,
  type Judgement,
  type Proposer,
  type Rejected,
  type Task,
  type TaskDefinition,
  type TaskParts,
  type Text,
} from "./src/tasks/task.ts";
export type { Prompt } from "./src/text/prompt.ts";
export { defineReward, type RewardDefinition, type Sample } from "./src/rewards/reward.ts";
export {
  compareAnswer,
  defineGrader,
  type Grader,
  type GraderDefinition,
  type GradingContext,
  type Outcome,
  type Problem,
  type Records,
  type Verdict,
} from "./src/graders/grader.ts";
export {
  type BatchSizes,
  type Columns,
  defineLoss,
  type LossDefinition,
  type LossInputs,
  type Unit,
} from "./src/losses/loss.ts";
export { SAMPLING } from "./src/rl/sampling.ts";
export { main };

// Not awaited: a module of the user's that imports this one would wait for it, and it for the module.
if (import.meta.main) main(Deno.args).then(Deno.exit);
