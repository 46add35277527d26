/** The members of the Llama family, and the fields of `config.json` that describe one. @module */

import type { Precision } from "./precision.ts";
import { elementCount } from "../runtime/mod.ts";

/** What sets a member of the family apart from Llama. */
export interface Family {
  /** Class name in transformers. */
  readonly architecture: string;
  /** Whether query, key and value projections always have a bias, and the output's has none, whatever the config says. */
  readonly projectionBias: boolean;
  /** Whether queries and keys are normalized head by head before the rotation. */
  readonly headNorm: boolean;
  /** What transformers takes where a `config.json` is silent and it takes no quotient of other fields. */
  readonly defaults: { readonly head_dim?: number; readonly num_key_value_heads?: number };
}

/** Every supported `model_type`. SmolLM2 is a `llama`, Qwen2.5 a `qwen2`. */
export const MODELS = {
  llama: {
    architecture: "LlamaForCausalLM",
    projectionBias: false,
    headNorm: false,
    defaults: {},
  },
  qwen2: {
    architecture: "Qwen2ForCausalLM",
    projectionBias: true,
    headNorm: false,
    defaults: { num_key_value_heads: 32 },
  },
  qwen3: {
    architecture: "Qwen3ForCausalLM",
    projectionBias: false,
    headNorm: true,
    defaults: { head_dim: 128, num_key_value_heads: 32 },
  },
} as const satisfies Record<string, Family>;

/** A supported `model_type`. */
export type ModelType = keyof typeof MODELS;

/** A stretching of the rotary angles for long contexts, in the words of `config.json`. */
export type RopeScaling =
  | { readonly rope_type: "linear"; readonly factor: number }
  | {
    readonly rope_type: "llama3";
    readonly factor: number;
    readonly low_freq_factor: number;
    readonly high_freq_factor: number;
    readonly original_max_position_embeddings: number;
  }
  | {
    readonly rope_type: "yarn";
    readonly factor: number;
    readonly original_max_position_embeddings: number;
    /** What cosines and sines are multiplied by. */
    readonly attention_factor: number;
    readonly beta_fast: number;
    readonly beta_slow: number;
    readonly truncate: boolean;
  };

/**
 * The fields of Hugging Face's `config.json` that the decoder needs, under their own names.
 *
 * @internal
 */
export interface LlamaConfig {
  readonly architectures: readonly string[];
  readonly model_type: ModelType;
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly rope_scaling?: RopeScaling;
  /** Whether all four projections of attention have a bias. */
  readonly attention_bias?: boolean;
  readonly tie_word_embeddings: boolean;
  /** What matrices are held in while the model runs; float32 unless given. transformers does not know it. */
  readonly precision?: Precision;
  /** Low-rank adapters on top; told by `adapter_config.json`, not by `config.json`. */
  readonly adapter?: Adapter;
}

/** LoRA (Hu et al. 2021, arXiv 2106.09685), in PEFT's words. */
export interface Adapter {
  /** Rank of each adapter. */
  readonly rank: number;
  /** The adapters' part is scaled by alpha / rank. */
  readonly alpha: number;
  /** Projections that get one, such as `q_proj`. */
  readonly targets: readonly Projection[];
  /** Projections of single layers that have another one or none (null), by path such as `layers.0.self_attn.q_proj`. */
  readonly except?: Readonly<Record<string, LowRank | null>>;
}

/** The adapter of one projection. */
export interface LowRank {
  readonly rank: number;
  readonly alpha: number;
}

/** Where each projection of a layer stands. */
export const PROJECTIONS = {
  q_proj: "self_attn",
  k_proj: "self_attn",
  v_proj: "self_attn",
  o_proj: "self_attn",
  gate_proj: "mlp",
  up_proj: "mlp",
  down_proj: "mlp",
} as const;

/** Name of a projection. */
export type Projection = keyof typeof PROJECTIONS;

/** What the names of a layer's weights start with. */
export function layerPrefix(layer: number): string {
  return `model.layers.${layer}.`;
}

/** Name of the matrix that scores the vocabulary. */
export function headName(config: LlamaConfig): string {
  return config.tie_word_embeddings ? "model.embed_tokens.weight" : "lm_head.weight";
}

/** The projections of attention that have a bias. */
export function biasedProjections(config: LlamaConfig): readonly string[] {
  if (MODELS[config.model_type].projectionBias) return ["q_proj", "k_proj", "v_proj"];
  return config.attention_bias === true ? ["q_proj", "k_proj", "v_proj", "o_proj"] : [];
}

/** Weight shapes by Hugging Face name, in the order of the forward pass; matrices are [out, in]. */
export function parameterShapes(config: LlamaConfig): ReadonlyMap<string, readonly number[]> {
  const { hidden_size: d, intermediate_size: f, head_dim: e, vocab_size: v } = config;
  const query = config.num_attention_heads * e, key = config.num_key_value_heads * e;
  const biased = biasedProjections(config);
  const shapes = new Map<string, readonly number[]>([["model.embed_tokens.weight", [v, d]]]);
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const layer = `model.layers.${i}`;
    shapes.set(`${layer}.input_layernorm.weight`, [d]);
    const projections = {
      q_proj: [query, d],
      k_proj: [key, d],
      v_proj: [key, d],
      o_proj: [d, query],
    };
    for (const [name, shape] of Object.entries(projections)) {
      shapes.set(`${layer}.self_attn.${name}.weight`, shape);
      if (biased.includes(name)) shapes.set(`${layer}.self_attn.${name}.bias`, [shape[0]!]);
    }
    if (MODELS[config.model_type].headNorm) {
      shapes.set(`${layer}.self_attn.q_norm.weight`, [e]);
      shapes.set(`${layer}.self_attn.k_norm.weight`, [e]);
    }
    shapes.set(`${layer}.post_attention_layernorm.weight`, [d]);
    shapes.set(`${layer}.mlp.gate_proj.weight`, [f, d]);
    shapes.set(`${layer}.mlp.up_proj.weight`, [f, d]);
    shapes.set(`${layer}.mlp.down_proj.weight`, [d, f]);
  }
  shapes.set("model.norm.weight", [d]);
  if (!config.tie_word_embeddings) shapes.set("lm_head.weight", [v, d]);
  return shapes;
}

/** Path of a projection, as adapters name it. */
export function projectionPath(layer: number, projection: Projection): string {
  return `layers.${layer}.${PROJECTIONS[projection]}.${projection}`;
}

/** The adapter of a projection; undefined where it has none. */
export function lowRank(
  { adapter }: Pick<LlamaConfig, "adapter">,
  layer: number,
  projection: Projection,
): LowRank | undefined {
  if (adapter === undefined || !adapter.targets.includes(projection)) return undefined;
  const exception = adapter.except?.[projectionPath(layer, projection)];
  if (exception === undefined) return { rank: adapter.rank, alpha: adapter.alpha };
  return exception ?? undefined;
}

/** The config of a model whose one layer is this one: equal for layers that are computed in the same way. */
export function layerConfig(config: LlamaConfig, layer: number): LlamaConfig {
  const { adapter, ...rest } = config, one = { ...rest, num_hidden_layers: 1 };
  if (adapter === undefined) return one;
  const { except = {}, ...same } = adapter, prefix = `layers.${layer}.`;
  const own = Object.entries(except).filter(([path]) => path.startsWith(prefix))
    .map(([path, exception]) => [`layers.0.${path.slice(prefix.length)}`, exception] as const);
  const some = own.length === 0 ? {} : { except: Object.fromEntries(own) };
  return { ...one, adapter: { ...same, ...some } };
}

/** Shapes of the adapters by name: A is [rank, in], B is [out, rank]. */
export function adapterShapes(config: LlamaConfig): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  if (config.adapter === undefined) return shapes;
  const whole = parameterShapes(config);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    for (const projection of Object.keys(PROJECTIONS) as Projection[]) {
      const own = lowRank(config, layer, projection);
      if (own === undefined) continue;
      const path = `model.${projectionPath(layer, projection)}`;
      const [out, into] = whole.get(`${path}.weight`)!;
      shapes.set(`${path}.lora_A.weight`, [own.rank, into!]);
      shapes.set(`${path}.lora_B.weight`, [out!, own.rank]);
    }
  }
  return shapes;
}

/** Number of weights. */
export function parameterCount(config: LlamaConfig): number {
  return [...parameterShapes(config).values()]
    .reduce((sum, shape) => sum + elementCount(shape), 0);
}
