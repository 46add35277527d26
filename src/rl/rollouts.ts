import { type Completion, generate } from "../generate/mod.ts";
import { encodePrompt, type Policy } from "../policy/policy.ts";
import type { Random } from "../random/random.ts";
import type { Prompt } from "../text/prompt.ts";
import { score } from "../train/mod.ts";
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
  });
  return completions.map((completion) => ({
    ...completion,
    promptIds: promptIds[completion.prompt]!,
    text: cutAtStop(policy.tokenizer.decode(completion.ids), stops),
  }));
}

/** The rollout's log-probabilities by teacher forcing, at the sampling temperature. */
export function scoreRollouts(
  policy: Pick<Policy, "config" | "weights" | "adapters">,
  engine: Engine,
  rollouts: readonly Rollout[],
  temperature: number,
): Promise<number[][]> {
  const rows = rollouts.map(({ promptIds, ids }) => ({
    ids: [...promptIds, ...ids],
    promptLength: promptIds.length,
  }));
  const { sessions, microBatch } = engine;
  return score({ ...policy, sessions, microBatch }, rows, 1 / temperature);
}

/** Largest difference allowed between the sampler's and the trainer's log-probabilities, in float32. */
export const LOGP_TOLERANCE = 1e-3;

/**
 * Checks that what was sampled is what will be trained: the two graphs agree on log-probabilities.
 *
 * @returns the largest difference
 * @throws {Error} when it is over the tolerance, with both numbers
 */
export async function selfTest(
  policy: Policy,
  engine: Engine,
  rollouts: readonly Rollout[],
  temperature: number,
): Promise<number> {
  const checked = rollouts.slice(0, engine.microBatch);
  const scored = await scoreRollouts(policy, engine, checked, temperature);
  let largest = 0;
  checked.forEach((rollout, r) =>
    rollout.logps.forEach((sampled, t) => {
      const trained = scored[r]![t]!;
      const difference = Math.abs(sampled - trained);
      if (!(difference <= LOGP_TOLERANCE)) {
        throw new Error(
          `Cannot train: the sampler gives token ${t} of rollout ${r} log-probability ${sampled}, ` +
            `the trainer ${trained}; they need the same policy, at the temperature it was drawn at`,
        );
      }
      largest = Math.max(largest, difference);
    })
  );
  return largest;
}
