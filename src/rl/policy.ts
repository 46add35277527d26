import type { Sessions } from "../onnx/mod.ts";
import type { LlamaConfig, Weights } from "../models/mod.ts";
import type { ChatTemplate } from "../text/chat.ts";
import type { Tokenizer } from "../text/tokenizer.ts";

/** A model's weights with its tokenizer and what ends its texts. */
export interface Policy extends Disposable {
  readonly config: LlamaConfig;
  readonly weights: Weights;
  readonly tokenizer: Tokenizer;
  /** Any of these ends a completion. */
  readonly endIds: ReadonlySet<number>;
  /** How an instruct model wants to be asked; a base model has none. */
  readonly chat?: ChatTemplate;
}

/** Ids of a prompt as this policy wants to read it: a user's message, or text that it goes on with. */
export function encodePrompt({ tokenizer, chat }: Policy, prompt: string): number[] {
  if (chat === undefined) return tokenizer.encode(prompt, true);
  return tokenizer.encode(chat.render([{ role: "user", content: prompt }]));
}

/** What running a policy needs besides the policy. */
export interface Engine {
  readonly sessions: Sessions;
  /** Rows decoded together. */
  readonly decodeBatch: number;
  /** Rows in one training run; more are accumulated. */
  readonly microBatch: number;
  readonly signal?: AbortSignal;
}

/** Sizes that suit small models on a CPU, measured by bench/mod.ts. */
export const ENGINE_DEFAULTS = { decodeBatch: 512, microBatch: 128 } as const;

/** A policy of the same kind with a copy of the weights. */
export function clonePolicy(policy: Policy): Policy {
  const weights = policy.weights.clone();
  return { ...policy, weights, [Symbol.dispose]: () => weights[Symbol.dispose]() };
}
