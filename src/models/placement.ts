/**
 * Which tensor of which file is which weight: told from the headers alone, before memory is taken, and with an error for
 * each tensor that is missing, of another shape, there twice, or no part of the model.
 *
 * @module
 */
import { headName, type LlamaConfig, parameterShapes } from "./config.ts";
import { type Ignore, isIgnored, shown } from "./declared.ts";
import { FLOATS } from "./safetensors.ts";
import { readParts, type TensorFile } from "./tensor_file.ts";
import type { Shapes } from "./weights.ts";

/** A tensor, and the file that it is in. */
export interface Place {
  readonly file: TensorFile;
  /** Its name there. */
  readonly name: string;
}

/** Where each weight of a model is. */
export interface Placement {
  /** The model: of one that is said to be tied, the head is its own where the files have another. */
  readonly config: LlamaConfig;
  readonly places: ReadonlyMap<string, Place>;
  /** Whether the files hold these weights under their names, and nothing else. */
  readonly exact: boolean;
}

const EMBEDDING = "model.embed_tokens.weight", HEAD = "lm_head.weight";

/**
 * Places the tensors of a checkpoint, by transformers' rules (modeling_utils.py): names may lack `model.`; of a tied
 * embedding either copy will do, and where there are two that differ, the model is not tied.
 *
 * @throws {Error} naming the file and the tensor
 */
export function placeWeights(
  config: LlamaConfig,
  files: readonly TensorFile[],
  ignore: Ignore = [],
): Placement {
  const found = collect(
    files,
    (name) => /^(layers|embed_tokens|norm)\./.test(name) ? `model.${name}` : name,
  );
  const placed = config.tie_word_embeddings ? untie(config, found) : config;
  const shapes = parameterShapes(placed);
  checkPlaces(shapes, found, files[0]!.source.name);
  const own = new Set([...shapes.keys(), ...(placed.tie_word_embeddings ? [HEAD] : [])]);
  checkOthers(found, (name) => own.has(name) || isBuffer(name), ignore, hintOf(placed));
  const places = new Map([...shapes.keys()].map((name) => [name, found.get(name)!] as const));
  const exact = found.size === places.size &&
    [...places].every(([name, place]) => place.name === name);
  return { config: placed, places, exact };
}

/**
 * Places tensors that have to be these and no others.
 *
 * @param rename a tensor's name from that in the file
 * @throws {Error} naming the file and the tensor
 */
export function placeExactly(
  shapes: Shapes,
  file: TensorFile,
  rename: (name: string) => string,
  hint: string,
): ReadonlyMap<string, Place> {
  const found = collect([file], rename);
  // What does not belong there explains best why something else is missing.
  checkOthers(found, (name) => shapes.has(name), [], () => hint);
  checkPlaces(shapes, found, file.source.name);
  return found;
}

function collect(
  files: readonly TensorFile[],
  rename: (name: string) => string,
): Map<string, Place> {
  const found = new Map<string, Place>();
  for (const file of files) {
    for (const name of [...file.tensors.keys(), ...file.others?.keys() ?? []]) {
      const weight = rename(name), before = found.get(weight);
      if (before !== undefined) {
        throw problem(
          file,
          `tensor ${shown(name)} stands twice, here and as ${shown(before.name)} in ` +
            before.file.source.name,
        );
      }
      found.set(weight, { file, name });
    }
  }
  return found;
}

function checkPlaces(shapes: Shapes, found: ReadonlyMap<string, Place>, first: string): void {
  for (const [weight, wanted] of shapes) {
    const place = found.get(weight);
    if (place === undefined) throw new Error(`Cannot read ${first}: tensor ${weight} is missing`);
    const { file, name } = place, stored = file.tensors.get(name);
    if (stored === undefined) {
      const type = file.others?.get(name);
      throw problem(file, `tensor ${name} has type ${type}; read are ${FLOATS.join(", ")}`);
    }
    if (stored.shape.join() === wanted.join()) continue;
    const shape = shown(stored.shape.join());
    throw problem(file, `tensor ${name} is [${shape}], the model's config asks for [${wanted}]`);
  }
}

function checkOthers(
  found: ReadonlyMap<string, Place>,
  isKnown: (name: string) => boolean,
  ignore: Ignore,
  hint: (name: string) => string,
): void {
  for (const [weight, { file, name }] of found) {
    if (isKnown(weight) || isUnread(file, name) || isIgnored(ignore, name)) continue;
    throw problem(file, `tensor ${shown(name)} is no part of the model${hint(name)}`);
  }
}

/** What the models keep besides weights: angles, positions and masks, which follow from the config. */
function isBuffer(name: string): boolean {
  return /(^|\.)(rotary_emb\.(original_)?inv_freq|rotary_emb\.(cos|sin)_cached|position_ids)$/
    .test(name) || /(^|\.)(causal_mask|attn_mask|masked_bias)$/.test(name);
}

/** What quantizers put beside weights, which are then in no other form. */
const QUANTIZED = /(^|[._])(qweight|qzeros|g_idx|packed|absmax|quant_map|scb|quant_state[.\w]*)$/i;

/** Whether no weight can be meant: integers, flags, and a buffer of float64, which weights are not stored in. */
function isUnread(file: TensorFile, name: string): boolean {
  if (QUANTIZED.test(name)) return false;
  const other = file.others?.get(name);
  if (other !== undefined) return /^(BOOL|[UI]\d+)$/.test(other);
  return file.tensors.get(name)!.type === "F64" && !/(^|[._])(weight|bias)$/.test(name);
}

/** A tied config, or one that is not where the files have two matrices that differ. */
function untie(config: LlamaConfig, found: Map<string, Place>): LlamaConfig {
  const embedding = found.get(EMBEDDING), head = found.get(HEAD);
  if (head === undefined) return config;
  if (embedding === undefined) {
    found.delete(HEAD);
    found.set(EMBEDDING, head);
    return config;
  }
  const untied = { ...config, tie_word_embeddings: false };
  const shapes = parameterShapes(untied), wanted = [EMBEDDING, headName(untied)];
  checkPlaces(
    new Map(wanted.map((name) => [name, shapes.get(name)!])),
    found,
    embedding.file.source.name,
  );
  return areEqual(embedding, head) ? config : untied;
}

/** Whether two tensors of one shape have the same elements. */
function areEqual(a: Place, b: Place): boolean {
  const others = readParts(b.file, b.name);
  for (const { values } of readParts(a.file, a.name)) {
    const other = others.next().value!.values;
    if (values.some((value, i) => value !== other[i])) return false;
  }
  return true;
}

/** What may be meant by a tensor that is not expected. */
function hintOf(config: LlamaConfig): (name: string) => string {
  return (name) => {
    const layer = Number(/(?:^|\.)layers\.(\d+)\./.exec(name)?.[1]);
    if (layer >= config.num_hidden_layers) {
      return `, whose config.json has num_hidden_layers ${config.num_hidden_layers}`;
    }
    if (/self_attn\.[qkvo]_proj\.bias$/.test(name) && config.model_type !== "qwen2") {
      return ` without attention_bias: true in config.json, which gives q_proj, k_proj, v_proj ` +
        `and o_proj one`;
    }
    return ` that config.json describes; if it does not matter, add it to the step's ignore: ${
      shown(name)
    }`;
  };
}

function problem({ source }: TensorFile, text: string): Error {
  return new Error(`Cannot read ${source.name}: ${text}`);
}
