/** What the stages that run a model take in memory, for `plan`. @module */
import type { LlamaConfig } from "../src/models/mod.ts";
import { generationMemory, trainingMemory } from "../src/rl/footprint.ts";
import { MAX_NEW_TOKENS } from "./settings.ts";

/** Tokens of a prompt, which a plan cannot know. */
const PROMPT = 64;
/** As many rows as fit. */
const MANY = Number.MAX_SAFE_INTEGER;

/** Of a stage that samples. */
export function samplingFootprint(
  config: { readonly samples?: number; readonly max_new_tokens: number },
  model: LlamaConfig,
): number {
  // Without samples one prompt is for all.
  const { samples = MANY, max_new_tokens: completion } = config;
  return generationMemory(model, { rows: MANY, samples, prompt: PROMPT, completion });
}

/** Of a stage that trains on what it samples, or on what was sampled before. */
export function trainingFootprint(
  config: {
    readonly adapter?: LlamaConfig["adapter"];
    readonly batch?: number;
    readonly group?: number;
    readonly max_new_tokens?: number;
    readonly recompute: boolean;
    readonly kl: number;
  },
  model: LlamaConfig,
): number {
  const { adapter, batch = MANY, group = 1, recompute, kl } = config;
  const completion = config.max_new_tokens ?? MAX_NEW_TOKENS.default;
  return trainingMemory(
    adapter === undefined ? model : { ...model, adapter },
    { rows: Math.min(MANY, batch * group), samples: group, prompt: PROMPT, completion },
    { recompute, reference: kl > 0 },
  );
}
