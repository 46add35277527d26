/** How much memory a step takes on a model, by stage: `plan` shows it. @module */
import type { LlamaConfig } from "../src/models/mod.ts";
import { generationMemory, trainingMemory } from "../src/rl/footprint.ts";
import { Random } from "../src/random/random.ts";
import { type World, WORLDS } from "../src/worlds/mod.ts";
import { MAX_NEW_TOKENS } from "./settings.ts";
import type { Infer } from "../schemas/infer.ts";
import type { evaluate } from "./evaluate.ts";
import type { sample_problems } from "./sample_problems.ts";
import type { select_hard } from "./select_hard.ts";
import type { train_student } from "./train_student.ts";
import type { update_teacher } from "./update_teacher.ts";

/** Tokens of a world's prompts, which a plan cannot know: as many as they have characters, where a token has one or more. */
function promptTokens(world: World): Readonly<Record<"student" | "teacher", number>> {
  const depth = 6, { problem } = world.hardProblem(new Random("memory"), depth);
  return { student: world.studentPrompt(problem).length, teacher: world.teacherPrompt.length };
}

type Config<S extends { readonly config: unknown }> = Infer<S["config"]>;

const many = Number.MAX_SAFE_INTEGER; // as many rows as fit

/** The peak of a stage with a configuration on a model, in bytes. */
const MEMORY = {
  train_student(config: Config<typeof train_student>, model: LlamaConfig): number {
    const { batch, group, max_new_tokens: completion, recompute, kl, adapter } = config;
    const prompt = promptTokens(WORLDS[config.world]).student;
    return trainingMemory(
      adapter === undefined ? model : { ...model, adapter },
      { rows: batch * group, samples: group, prompt, completion },
      { recompute, reference: kl > 0 },
    );
  },
  update_teacher(config: Config<typeof update_teacher>, model: LlamaConfig): number {
    const { recompute, adapter, kl } = config;
    // It trains on what the world's teachers have written; there is one world.
    const { teacher: prompt } = promptTokens(WORLDS.listprog), completion = MAX_NEW_TOKENS.default;
    return trainingMemory(
      adapter === undefined ? model : { ...model, adapter },
      { rows: many, samples: 1, prompt, completion },
      { recompute, reference: kl > 0 },
    );
  },
  evaluate(config: Config<typeof evaluate>, model: LlamaConfig): number {
    const prompt = promptTokens(WORLDS[config.world]).student;
    return generation(model, config.samples, prompt, config.max_new_tokens);
  },
  // One prompt for all.
  sample_problems(config: Config<typeof sample_problems>, model: LlamaConfig): number {
    const prompt = promptTokens(WORLDS[config.world]).teacher;
    return generation(model, many, prompt, config.max_new_tokens);
  },
  select_hard(config: Config<typeof select_hard>, model: LlamaConfig): number {
    const prompt = promptTokens(WORLDS[config.world]).student;
    return generation(model, config.samples, prompt, config.max_new_tokens);
  },
} as const;

function generation(
  model: LlamaConfig,
  samples: number,
  prompt: number,
  completion: number,
): number {
  return generationMemory(model, { rows: many, samples, prompt, completion });
}

/** The estimate for a stage with a checked configuration; undefined where a stage needs next to nothing. */
export function estimateMemory(
  stage: string,
  config: unknown,
): ((model: LlamaConfig) => number) | undefined {
  if (!Object.hasOwn(MEMORY, stage)) return undefined;
  const estimate = MEMORY[stage as keyof typeof MEMORY];
  return (model) => estimate(config as never, model);
}
