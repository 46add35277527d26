import { type Tensor, zeros } from "../runtime/mod.ts";
import type { LlamaConfig, RopeScaling } from "./config.ts";

/** What of a config the angles depend on. */
type Angles = Pick<LlamaConfig, "head_dim" | "rope_theta" | "rope_scaling">;

/**
 * Angle by which each pair of a head's numbers turns from one position to the next, [E/2]
 * (Su et al., arXiv 2104.09864); with Llama 3's scaling, long waves are stretched by `factor`, short ones
 * kept, and those between interpolated.
 */
function rotaryFrequencies(config: Angles): number[] {
  const half = config.head_dim / 2, scaling = config.rope_scaling;
  return Array.from({ length: half }, (_, pair) => {
    const frequency = config.rope_theta ** (-pair / half);
    if (scaling === undefined) return frequency;
    const turns = scaling.original_max_position_embeddings * frequency / (2 * Math.PI);
    const { low_freq_factor: low, high_freq_factor: high, factor } = scaling;
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return kept * frequency + (1 - kept) * frequency / factor;
  });
}

/**
 * Llama 3's scaling with its usual limits, from what it divides each angle by.
 *
 * @returns undefined when the factors are none that it makes
 */
export function scalingOf(factors: readonly number[], angles: Angles): RopeScaling | undefined {
  const limits = { rope_type: "llama3", low_freq_factor: 1, high_freq_factor: 4 } as const;
  const { low_freq_factor: low, high_freq_factor: high } = limits;
  const plain = rotaryFrequencies(angles), factor = Math.max(...factors);
  // An angle between the limits tells the context that the model was trained with first.
  const between = factors.findIndex((f) => f > 1 && f < factor);
  if (factors.length !== plain.length || between < 0) return undefined;
  const kept = (1 / factors[between]! - 1 / factor) / (1 - 1 / factor);
  const context = 2 * Math.PI * (low + kept * (high - low)) / plain[between]!;
  const scaling = { ...limits, factor, original_max_position_embeddings: Math.round(context) };
  const made = rotaryFrequencies({ ...angles, rope_scaling: scaling });
  const same = made.every((angle, i) => Math.abs(plain[i]! / angle / factors[i]! - 1) < 1e-3);
  return same ? scaling : undefined;
}

/** The feeds `rotary.cos` and `rotary.sin` for so many positions; the caller releases them. */
export function rotaryTables(
  config: LlamaConfig,
  positions: number,
): Record<"rotary.cos" | "rotary.sin", Tensor<"float32">> {
  const frequencies = rotaryFrequencies(config), half = frequencies.length;
  const cos = zeros("float32", [positions, half]), sin = zeros("float32", [positions, half]);
  for (let position = 0; position < positions; position++) {
    frequencies.forEach((frequency, pair) => {
      cos.data[position * half + pair] = Math.cos(position * frequency);
      sin.data[position * half + pair] = Math.sin(position * frequency);
    });
  }
  return { "rotary.cos": cos, "rotary.sin": sin };
}
