import { type Completion, generate } from "../generate/mod.ts";
import { encodePrompt, type Policy } from "../policy/policy.ts";
import type { Random } from "../random/random.ts";
import type { Prompt } from "../text/prompt.ts";
import type { Engine } from "./engine.ts";
import type { Sampling } from "./sampling.ts";
import { cutAtStop, stopDetector } from "./stop_strings.ts";

/** A completion with its text and its prompt's ids: what is trained on, end to end in ids. */
export interface Rollout extends Completion {
  /** Tokens of the prompt. */
  readonly promptIds: readonly number[];
  /** The completion as text. */
  readonly text: string;
}

/**
 * Draws completions of prompts.
 *
 * @param random keyed by stage and step; the draw is at (prompt, sample, position)
 */
export async function drawRollouts(
  policy: Policy,
  engine: Engine,
  prompts: readonly Prompt[],
  sampling: Sampling,
  random: Random,
): Promise<Rollout[]> {
  const promptIds = prompts.map((prompt) => encodePrompt(policy, prompt));
  const { stop_strings: stops } = sampling;
  const completions = await generate({ ...policy, sessions: engine.sessions }, {
    prompts: promptIds,
    samples: sampling.samples,
    maxNewTokens: sampling.max_completion_length,
    endIds: policy.endIds,
    temperature: sampling.temperature,
    truncation: { topK: sampling.top_k, topP: sampling.top_p, minP: sampling.min_p },
    ...(stops === undefined ? {} : { isStopped: stopDetector(policy.tokenizer, stops) }),
    uniform: (prompt, sample, position) => random.at(prompt, sample, position),
    batch: engine.decodeBatch,
    ...(engine.signal === undefined ? {} : { signal: engine.signal }),
    ...(engine.onCompleted === undefined ? {} : { onCompleted: engine.onCompleted }),
  });
  return completions.map((completion) => ({
    ...completion,
    promptIds: promptIds[completion.promptIndex]!,
    text: cutAtStop(policy.tokenizer.decode(completion.ids), stops),
  }));
}
