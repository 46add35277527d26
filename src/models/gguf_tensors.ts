/**
 * llama.cpp's GGUF format: its tensors, and how their names and rows become Hugging Face's.
 *
 * @module
 */
import type { ByteSource } from "./bytes.ts";
import type { LlamaConfig } from "./config.ts";
import type { ElementName } from "./elements.ts";
import { type GgufMetadata, type GgufTensor, readGgufHeader } from "./gguf_header.ts";
import { storedBytes, type StoredTensor, type TensorFile } from "./tensor_file.ts";
import { elementCount } from "../runtime/mod.ts";

/** An open GGUF file. */
export interface GgufFile extends TensorFile {
  readonly metadata: GgufMetadata;
}

/** Numbers of the element types in ggml's `ggml_type`. */
const TYPE_NUMBERS: Readonly<Record<number, ElementName>> = {
  0: "F32",
  1: "F16",
  2: "Q4_0",
  3: "Q4_1",
  8: "Q8_0",
  12: "Q4_K",
  14: "Q6_K",
  30: "BF16",
};

/** Makes the error of a problem. */
export type Fail = (problem: string) => SyntaxError;

/** Errors that name the file. */
export function failing(source: ByteSource): Fail {
  return (problem) => new SyntaxError(`Cannot read ${source.name}: ${problem}`);
}

/**
 * Reads the header.
 *
 * @throws {SyntaxError} when it is damaged or claims more than the file has, naming the tensor where there is one
 */
export function readGguf(source: ByteSource): Promise<GgufFile> {
  return Promise.try(() => openGguf(source));
}

function openGguf(source: ByteSource): GgufFile {
  const fail = failing(source), header = readGgufHeader(source);
  const tensors = new Map<string, StoredTensor>();
  let free = 0;
  for (const tensor of header.tensors.toSorted((a, b) => a.offset - b.offset)) {
    const { name } = tensor, stored = storedTensor(tensor, source, fail);
    if (tensors.has(name)) throw fail(`tensor ${name} stands twice`);
    if (stored.offset < free) throw fail(`tensor ${name} lies in another's bytes`);
    free = stored.offset + storedBytes(stored.type, stored.shape)!;
    tensors.set(name, stored);
  }
  return { source, tensors, metadata: header.metadata };
}

function storedTensor({ name, dims, type, offset }: GgufTensor, source: ByteSource, fail: Fail) {
  const element = TYPE_NUMBERS[type];
  if (element === undefined) {
    const known = Object.values(TYPE_NUMBERS).join(", ");
    throw fail(`tensor ${name} has ggml type ${type}; read are ${known}`);
  }
  const shape = dims.toReversed(); // ggml counts dimensions from the innermost
  const bytes = Number.isSafeInteger(elementCount(shape)) ? storedBytes(element, shape) : undefined;
  if (bytes === undefined || !Number.isSafeInteger(offset + bytes)) {
    throw fail(`tensor ${name} of shape [${shape}] is no whole number of ${element} blocks`);
  }
  if (offset + bytes > source.size) {
    throw fail(
      `tensor ${name} ends at byte ${offset + bytes} of ${source.size}: the file is truncated`,
    );
  }
  return { type: element, shape, offset };
}

/** What stands for each part of a name. */
const LAYER_NAMES: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  attn_q_norm: "self_attn.q_norm",
  attn_k_norm: "self_attn.k_norm",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};
const NAMES: Readonly<Record<string, string>> = {
  token_embd: "model.embed_tokens",
  output_norm: "model.norm",
  output: "lm_head",
};

/** Hugging Face's name of a GGUF tensor; undefined where there is none. */
export function checkpointName(name: string): string | undefined {
  const [, layer, part, kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  const base = layer === undefined ? NAMES[part ?? ""] : LAYER_NAMES[part ?? ""];
  if (base === undefined) return undefined;
  return `${layer === undefined ? "" : `model.layers.${layer}.`}${base}.${kind}`;
}

/** Whether a tensor's rows are in another order than Hugging Face's; see {@linkcode unpermute}. */
export function isPermuted({ model_type }: LlamaConfig, name: string): boolean {
  return model_type === "llama" && /\.attn_[qk]\.(weight|bias)$/.test(name);
}

/**
 * Puts the rows of a query or key projection into Hugging Face's order: for Llama, GGUF stores the two numbers that
 * turn together side by side, Hugging Face half a head apart.
 *
 * @param width elements of a row
 */
export function unpermute(
  stored: Float32Array,
  into: Float32Array,
  headSize: number,
  width: number,
): void {
  const half = headSize / 2;
  for (let row = 0; row * width < into.length; row++) {
    const inHead = row % headSize;
    const from = row - inHead + 2 * (inHead % half) + Math.floor(inHead / half);
    into.set(stored.subarray(from * width, (from + 1) * width), row * width);
  }
}
