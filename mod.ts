/**
 * Teacher–student meta-RL for language models, declared in YAML, run on ONNX Runtime.
 *
 * As a program: `deno run -A mod.ts pipelines/soar.yaml`. As a library: make a plan and run it.
 *
 * @module
 */
import { main } from "./src/cli/main.ts";

export {
  applyOverrides,
  type Diagnostic,
  DiagnosticError,
  Document,
  type Event,
  makePlan,
  type Plan,
  runPlan,
  type RunResult,
  type Stage,
  type Stages,
  Store,
} from "./src/core/mod.ts";
export { defineStage, type Services, STAGES } from "./stages/mod.ts";
export { main };

if (import.meta.main) Deno.exit(await main(Deno.args));
