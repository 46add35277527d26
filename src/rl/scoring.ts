/** Log-probabilities as the trainer has them. @module */
import type { Policy } from "../policy/policy.ts";
import { score } from "../train/mod.ts";
import type { Engine } from "./engine.ts";
import type { Rollout } from "./rollouts.ts";

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
