import { type Tensor, zeros } from "../runtime/mod.ts";
import type { LlamaConfig, RopeScaling } from "./config.ts";

/** What of a config the angles depend on. */
type Angles = Pick<LlamaConfig, "head_dim" | "rope_theta" | "rope_scaling">;

/** A scaling of one type. */
type Scaling<T extends RopeScaling["rope_type"]> = Extract<RopeScaling, { readonly rope_type: T }>;

/**
 * Angle by which each pair of a head's numbers turns from one position to the next, [E/2]
 * (Su et al., arXiv 2104.09864), scaled as transformers does (modeling_rope_utils.py).
 */
export function rotaryFrequencies(angles: Angles): number[] {
  const half = angles.head_dim / 2, scaling = angles.rope_scaling;
  const plain = Array.from({ length: half }, (_, pair) => angles.rope_theta ** (-pair / half));
  switch (scaling?.rope_type) {
    case undefined:
      return plain;
    case "linear":
      return plain.map((frequency) => frequency / scaling.factor);
    case "llama3":
      return plain.map((frequency) =>
        stretch(frequency, scaling.factor, llama3(frequency, scaling))
      );
    case "yarn": {
      const kept = yarn(angles, scaling);
      return plain.map((frequency, pair) => stretch(frequency, scaling.factor, kept(pair)));
    }
  }
}

/** Between an angle and the same stretched by `factor`. */
function stretch(frequency: number, factor: number, kept: number): number {
  return kept * frequency + (1 - kept) * frequency / factor;
}

/** Llama 3: long waves are stretched, short ones kept, and those between interpolated by their turns in the context. */
function llama3(frequency: number, scaling: Scaling<"llama3">): number {
  const { low_freq_factor: low, high_freq_factor: high } = scaling;
  const turns = scaling.original_max_position_embeddings * frequency / (2 * Math.PI);
  return Math.min(1, Math.max(0, (turns - low) / (high - low)));
}

/** YaRN (Peng et al., arXiv 2309.00071): the same by pairs, with a ramp between two of them. */
function yarn(
  { head_dim, rope_theta }: Angles,
  scaling: Scaling<"yarn">,
): (pair: number) => number {
  const context = scaling.original_max_position_embeddings;
  const pairOf = (turns: number) =>
    head_dim * Math.log(context / (turns * 2 * Math.PI)) / (2 * Math.log(rope_theta));
  const [first, last] = [pairOf(scaling.beta_fast), pairOf(scaling.beta_slow)];
  const low = Math.max(scaling.truncate ? Math.floor(first) : first, 0);
  const high = Math.min(scaling.truncate ? Math.ceil(last) : last, head_dim - 1);
  const width = low === high ? 0.001 : high - low;
  return (pair) => 1 - Math.min(1, Math.max(0, (pair - low) / width));
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
  headSize: number = config.head_dim,
): Record<"rotary.cos" | "rotary.sin", Tensor<"float32">> {
  const frequencies = rotaryFrequencies(config), half = headSize / 2;
  const { rope_scaling: scaling } = config;
  const size = scaling?.rope_type === "yarn" ? scaling.attention_factor : 1;
  const cos = zeros("float32", [positions, half]), sin = zeros("float32", [positions, half]);
  for (let position = 0; position < positions; position++) {
    frequencies.forEach((frequency, pair) => {
      cos.data[position * half + pair] = size * Math.cos(position * frequency);
      sin.data[position * half + pair] = size * Math.sin(position * frequency);
    });
  }
  return { "rotary.cos": cos, "rotary.sin": sin };
}
