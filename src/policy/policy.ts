import {
  type Adapter,
  initializeAdapters,
  type LlamaConfig,
  type StoredWeights,
  type Weights,
} from "../models/mod.ts";
import type { Random } from "../random/random.ts";
import { type ChatTemplate, specialTokens } from "../text/chat.ts";
import type { Prompt } from "../text/prompt.ts";
import type { Tokenizer } from "../text/tokenizer.ts";

/** A model's weights with its tokenizer and what ends its texts. */
export interface Policy extends Disposable {
  /** Its shape. */
  readonly config: LlamaConfig;
  /** Its weights, as they are held. */
  readonly weights: StoredWeights;
  /** The float32 numbers that float16 weights stand for, where these are to be trained. */
  readonly master?: Weights;
  /** Low-rank adapters on the weights, where `config.adapter` is set: they are trained, and the weights are not. */
  readonly adapters?: Weights;
  /** The file that the weights were read from. */
  readonly file?: string;
  /** Text to ids and back. */
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
export function encodePrompt(policy: Policy, prompt: Prompt): number[] {
  const { text, special } = writePrompt(policy, prompt);
  return policy.tokenizer.encode(text, special);
}

/** A prompt and what should follow it, in ids. */
export interface Example {
  /** Prompt, completion, and the token that ends it. */
  readonly ids: readonly number[];
  readonly promptLength: number;
}

/**
 * Ids of a prompt with its completion, encoded together as in TRL, and apart where a token would reach over the border: the
 * prompt is what {@linkcode encodePrompt} makes of it.
 *
 * @throws {Error} as {@linkcode encodePrompt}
 */
export function encodeExample(policy: Policy, prompt: Prompt, completion: string): Example {
  const { tokenizer } = policy, { text, special } = writePrompt(policy, prompt);
  const before = tokenizer.encode(text, special);
  const whole = tokenizer.encode(text + completion, special);
  const joined = before.every((id, i) => whole[i] === id);
  const after = joined ? whole.slice(before.length) : tokenizer.encode(completion);
  const end = endOf(policy);
  const ids = [...before, ...after, ...(after.at(-1) === end ? [] : [end])];
  return { ids, promptLength: before.length };
}

/** The token that ends what the policy writes: the tokenizer's own, or the first of the model's. */
function endOf({ tokenizer, endIds }: Policy): number {
  const { eos_token } = specialTokens(tokenizer.config);
  const own = eos_token === undefined ? undefined : tokenizer.ids.get(eos_token);
  return own ?? [...endIds][0]!;
}

/** Text of a prompt, and whether the tokenizer puts before it what it was made to. */
function writePrompt(
  { chat }: Policy,
  prompt: Prompt,
): { readonly text: string; readonly special: boolean } {
  const { text, system } = prompt;
  if (typeof text !== "string") { // of a task that no compiler has seen
    throw new TypeError(`Cannot ask ${JSON.stringify(prompt)}: a prompt is { text }`);
  }
  if (prompt.chat ?? chat !== undefined) {
    if (chat === undefined) throw new Error("Cannot write a chat: the model has no chat template");
    const before = system === undefined ? [] : [{ role: "system", content: system } as const];
    const written = chat.render([...before, { role: "user", content: text }]);
    return { text: written, special: false };
  }
  if (system === undefined) return { text, special: true };
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
