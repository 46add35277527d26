import { type Tensor, zeros } from "../runtime/mod.ts";
import type { LlamaConfig } from "./config.ts";

/**
 * Angle by which each pair of a head's numbers turns from one position to the next, [E/2]
 * (Su et al., arXiv 2104.09864); with Llama 3's scaling, long waves are stretched by `factor`, short ones
 * kept, and those between interpolated.
 */
function rotaryFrequencies(config: LlamaConfig): number[] {
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
