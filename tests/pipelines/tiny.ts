/** The paper's pipelines at tiny size, on a tiny model with a real tokenizer, real prompts and the real grader. @module */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runPipeline, type RunResult } from "../../mod.ts";
import type { Event } from "../../src/core/mod.ts";
import { Random } from "../../src/random/random.ts";
import { drawEasy, drawHard, type Example } from "../../tools/mathtext/texts.ts";

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** All sizes; what is counted below follows from them. */
const SIZES = [
  "device=cpu",
  `steps.base={uses: load_policy, with: {path: ${root("examples/models/mathtext")}}}`,
  "params.limit=24",
  "params.hard_samples=8",
  "params.test_problems=4",
  "params.outer_steps=2",
  "params.datasets=2",
  "params.problems=8",
  "params.repeats=2",
  "params.probe_problems=4",
  "params.tau=-1", // whatever they gain, students are promoted: there are questions for fresh ones
  "params.inner_steps=2",
  "params.extra_steps=1",
  "params.teacher_length=112",
  "params.teacher_warmup=1",
  "params.seeds=2",
  "params.student_warmup=1",
  "params.rule_window=3", // of 4 steps: the last checkpoint is always after it
  "params.test_samples=4",
  "params.written=8",
  "params.learning_rate=1.0e-4",
  "with.batch=2",
  "with.num_generations=4",
  "with.max_completion_length=48",
];

/** A run of a pipeline, and what it told. */
export interface Ran extends RunResult {
  readonly finished: readonly Extract<Event, { kind: "step-finished" }>[];
}

/** Runs a pipeline of `pipelines/` at tiny size. @throws {Error} with what a step failed of */
export async function runTiny(name: string, store: string, more: readonly string[]): Promise<Ran> {
  const finished: Extract<Event, { kind: "step-finished" }>[] = [];
  const result = await runPipeline(root(`pipelines/${name}.yaml`), {
    store,
    overrides: [...SIZES, ...more],
    listen(event) {
      if (event.kind === "step-finished") finished.push(event);
      if (event.kind === "step-failed") throw new Error(`${event.step}: ${event.message}`);
    },
  });
  return { ...result, finished };
}

/** Writes problems as a JSONL file: a quarter of them easy, the others beyond what the model has seen. */
export function writePool(
  directory: string,
  name: string,
  row: (example: Example, i: number) => unknown,
): string {
  const random = new Random(name), file = join(directory, name);
  const lines = Array.from({ length: 24 }, (_, i) => {
    const example = i % 4 === 0 ? drawEasy(random) : drawHard(random);
    return JSON.stringify(row(example, i)) + "\n";
  });
  Deno.writeTextFileSync(file, lines.join(""));
  return file;
}
