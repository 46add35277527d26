import {
  type Adapter,
  initializeAdapters,
  type LlamaConfig,
  type StoredWeights,
  type Weights,
} from "../models/mod.ts";
import type { Random } from "../random/random.ts";
import type { ChatTemplate } from "../text/chat.ts";
import type { Prompt } from "../text/prompt.ts";
import type { Tokenizer } from "../text/tokenizer.ts";

/** A model's weights with its tokenizer and what ends its texts. */
export interface Policy extends Disposable {
  readonly config: LlamaConfig;
  readonly weights: StoredWeights;
  /** The float32 numbers that float16 weights stand for, where these are to be trained. */
  readonly master?: Weights;
  /** Low-rank adapters on the weights, where `config.adapter` is set: they are trained, and the weights are not. */
  readonly adapters?: Weights;
  /** The file that the weights were read from. */
  readonly file?: string;
  readonly tokenizer: Tokenizer;
  /** Any of these ends a completion. */
  readonly endIds: ReadonlySet<number>;
  /** What its files disagree on, and what was made of it. */
  readonly note?: string;
  /** How an instruct model wants to be asked; a base model has none. */
  readonly chat?: ChatTemplate;
}

/**
 * Ids of a prompt as this policy wants to read it: a user's message, or text that it goes on with.
 *
 * @throws {Error} when the prompt needs a chat template and the policy has none
 */
export function encodePrompt({ tokenizer, chat }: Policy, prompt: Prompt): number[] {
  const { text, system } = prompt;
  if (prompt.chat ?? chat !== undefined) {
    if (chat === undefined) throw new Error("Cannot write a chat: the model has no chat template");
    const before = system === undefined ? [] : [{ role: "system", content: system } as const];
    return tokenizer.encode(chat.render([...before, { role: "user", content: text }]));
  }
  if (system === undefined) return tokenizer.encode(text, true);
  throw new Error(
    "Cannot tell a model without chat template apart what system and user say: " +
      "leave system out, and write it into the prompt",
  );
}

/** A copy of what training changes, sharing the rest, which has to outlive it. */
export function clonePolicy(policy: Policy): Policy {
  const { adapters, file, master: _, ...rest } = policy;
  const copy = (adapters ?? policy.weights).clone();
  // A copy of the weights is there to be changed: it is no file's any more.
  const changed = adapters === undefined
    ? { weights: copy }
    : { adapters: copy as Weights, ...(file === undefined ? {} : { file }) };
  return { ...rest, ...changed, [Symbol.dispose]: () => copy[Symbol.dispose]() };
}

/**
 * The policy with new adapters on it, or as it is where it has such adapters already. It takes the policy over.
 *
 * @throws {RangeError} when the policy has adapters of another kind
 */
export function adaptPolicy(policy: Policy, adapter: Adapter | undefined, random: Random): Policy {
  if (adapter === undefined) return policy;
  const given = policy.config.adapter;
  if (given !== undefined) {
    const text = ({ rank, alpha, targets, except }: Adapter) =>
      `rank ${rank}, alpha ${alpha}, targets ${[...targets].sort().join(", ")}` +
      (except === undefined ? "" : ` with exceptions (${Object.keys(except).join(", ")})`);
    if (text(given) === text(adapter)) return policy;
    throw new RangeError(
      `Cannot put adapters of ${text(adapter)} on a policy that has some of ${text(given)}`,
    );
  }
  const config = { ...policy.config, adapter };
  const adapters = initializeAdapters(config, random);
  return {
    ...policy,
    config,
    adapters,
    [Symbol.dispose]() {
      adapters[Symbol.dispose]();
      policy[Symbol.dispose]();
    },
  };
}
