/** Policies in Hugging Face layout, as they are read and written. @module */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type Adapter,
  filled,
  type Ignore,
  type LlamaConfig,
  makeWeights,
  parseConfig,
  type Precision,
  type StoredWeights,
  type Weights,
} from "../models/mod.ts";
import type { Random } from "../random/random.ts";
import { ADAPTER_CONFIG, describeAdapter, loadAdapters, saveAdapters } from "./adapter_files.ts";
import { readJson, writeJson, writeTensors } from "./json_files.ts";
import { adaptPolicy, type Policy } from "./policy.ts";
import { chatOf, checkAffixes, readEnds, readTokenizer } from "./tokenizer_files.ts";
import { placedConfig, readModel, type StoredModel, WEIGHTS } from "./weight_files.ts";

export { readWeights } from "./weight_files.ts";

const FILES = {
  config: "config.json",
  weights: WEIGHTS,
  tokenizer: "tokenizer.json",
  tokenizerConfig: "tokenizer_config.json",
  generation: "generation_config.json",
} as const;

/** Where a policy's adapters lie, beside the model that they are for. */
const ADAPTER_DIRECTORY = "adapter";

/**
 * Reads a policy in Hugging Face layout, with its adapters where there are any.
 *
 * @param precision what to hold its matrices in, unless that which it was saved with
 * @param ignore keys of `config.json` and tensors that are not known and that the user vouches for
 * @param date that the chat template is told, as YYYY-MM-DD; the one that the policy was saved with unless given
 * @throws {Error} naming the file, and the tensor or field, that cannot be used
 */
export function loadPolicy(
  directory: string,
  precision?: Precision,
  ignore: Ignore = [],
  date?: string,
): Policy {
  refuseLooseAdapter(directory);
  const saved = loadConfig(directory, ignore), config = withPrecision(saved, precision);
  const rows = config.vocab_size, tokenizer = readTokenizer(directory, rows, date);
  const ends = readEnds(directory, readJson(join(directory, FILES.config)), tokenizer, rows);
  const parts = { config, tokenizer, endIds: ends.ids, note: ends.note };
  let model: StoredModel | undefined;
  const read = makePolicy(
    directory,
    parts,
    () => (model = readModel(directory, config, ignore)).weights,
  );
  const { config: placed, file } = model!;
  // Weights that were rounded on the way are no file's.
  const asSaved = config.precision === undefined || config.precision === saved.precision;
  const policy = { ...read, config: placed, ...(asSaved && file !== undefined ? { file } : {}) };
  return hasAdapters(directory) ? withAdapters(policy, join(directory, ADAPTER_DIRECTORY)) : policy;
}

/** transformers would put it on the model, unasked. */
function refuseLooseAdapter(directory: string): void {
  if (!existsSync(join(directory, ADAPTER_CONFIG))) return;
  throw new Error(
    `Cannot load policy ${directory}: it has ${ADAPTER_CONFIG}` +
      (existsSync(join(directory, FILES.config))
        ? " beside the model; move the adapter into a directory of its own, and name that in the " +
          "step's adapter"
        : " and no model; name it in the step's adapter, and the model that it is for in path"),
  );
}

/**
 * The policy with the adapters of a directory in PEFT's layout; it takes the policy over.
 *
 * @throws {Error} as {@linkcode loadAdapters}, and when the policy has adapters already
 */
export function withAdapters(policy: Policy, directory: string): Policy {
  using stack = new DisposableStack();
  stack.use(policy);
  if (policy.adapters !== undefined) {
    throw new Error(
      `Cannot put the adapters of ${directory} on a policy that has some already, in its directory ` +
        `${ADAPTER_DIRECTORY}: leave the step's adapter out, or load the model without them`,
    );
  }
  const { adapter, adapters } = loadAdapters(policy.config, directory);
  stack.use(adapters);
  const owned = stack.move();
  return {
    ...policy,
    config: { ...policy.config, adapter },
    adapters,
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/**
 * Puts a policy together.
 *
 * @param source shown in errors
 * @throws {Error} when the tokenizer does not fit the model; weights are not read then
 */
export function makePolicy(
  source: string,
  { config, tokenizer, endIds, note }:
    & Pick<Policy, "config" | "tokenizer" | "endIds">
    & { readonly note?: string | undefined },
  read: () => StoredWeights,
): Policy {
  if (tokenizer.rows > config.vocab_size) {
    throw new Error(
      `Cannot load policy ${source}: the tokenizer has ids up to ${tokenizer.rows - 1}, ` +
        `the embedding ${config.vocab_size} rows`,
    );
  }
  checkAffixes(tokenizer, endIds, source);
  const chat = chatOf(tokenizer, source);
  const weights = read();
  return {
    config,
    weights,
    tokenizer,
    endIds,
    ...(chat === undefined ? {} : { chat }),
    ...(note === undefined ? {} : { note }),
    [Symbol.dispose]: () => weights[Symbol.dispose](),
  };
}

/** A config with another precision. */
export function withPrecision(config: LlamaConfig, precision: Precision | undefined): LlamaConfig {
  if (precision === undefined) return config;
  const { precision: _, ...rest } = config;
  return precision === "float32" ? rest : { ...rest, precision };
}

/**
 * Reads a policy to train it: with its adapters or new ones, or with float32 numbers behind float16 weights.
 *
 * @throws {RangeError} when it has adapters of another kind, or is held in integers and has none
 */
export function loadTrainable(
  directory: string,
  adapter: Adapter | undefined,
  random: Random,
): Policy {
  const { precision } = loadConfig(directory);
  if (precision === undefined || adapter !== undefined || hasAdapters(directory)) {
    return adaptPolicy(loadPolicy(directory), adapter, random);
  }
  if (precision !== "float16") {
    throw new RangeError(
      `Cannot train weights held as ${precision}: give the stage an adapter, ` +
        `or load the policy with precision float16 or float32`,
    );
  }
  const policy = loadPolicy(directory, "float32"), master = policy.weights as Weights;
  const weights = filled(makeWeights(master.shapes, precision), (weights) => {
    for (const [name, { data }] of master.values()) weights.write(name, data, 0);
  });
  return {
    ...policy,
    config: withPrecision(policy.config, precision),
    master,
    weights,
    [Symbol.dispose]() {
      weights[Symbol.dispose]();
      policy[Symbol.dispose]();
    },
  };
}

/**
 * Reads a policy that another is compared with. Under adapters, both share the weights where these are of one file; the other
 * then has to outlive it.
 */
export function loadReference(policy: Policy, directory: string): Policy {
  if (!sharesWeights(policy, directory)) return loadPolicy(directory);
  const { adapters: _, config: { adapter: __, ...config }, ...base } = policy;
  const shared: Policy = { ...base, config, [Symbol.dispose]() {} };
  return hasAdapters(directory) ? withAdapters(shared, join(directory, ADAPTER_DIRECTORY)) : shared;
}

/** Whether the weights under a policy's adapters are those of a directory, and used in the same way. */
function sharesWeights({ adapters, file }: Policy, directory: string): boolean {
  if (adapters === undefined || file === undefined) return false;
  const other = join(directory, FILES.weights);
  if (!existsSync(other) || Deno.realPathSync(file) !== Deno.realPathSync(other)) return false;
  const [one, two] = [dirname(file), directory].map((place) =>
    Deno.readTextFileSync(join(place, FILES.config))
  );
  return one === two;
}

function hasAdapters(directory: string): boolean {
  return existsSync(join(directory, ADAPTER_DIRECTORY));
}

/**
 * Reads the `config.json` of a model.
 *
 * @throws {Error} naming the file and the field that is not supported
 */
export function loadConfig(directory: string, ignore: Ignore = []): LlamaConfig {
  const file = join(directory, FILES.config);
  return parseConfig(readJson(file), file, ignore);
}

/**
 * Describes the model in a directory, with the adapters that it has, without reading weights: sizes that its files do
 * not have are told.
 *
 * @throws {Error} as {@linkcode loadPolicy}, of the model alone
 */
export function describeModel(directory: string, ignore: Ignore = []): LlamaConfig {
  const config = placedConfig(directory, loadConfig(directory, ignore), ignore);
  return hasAdapters(directory)
    ? { ...config, adapter: describeAdapter(config, join(directory, ADAPTER_DIRECTORY)) }
    : config;
}

/**
 * Writes a policy in Hugging Face layout, which transformers opens: float32, whatever it is held in.
 *
 * @param place puts a file of weights that did not change there
 */
export function savePolicy(
  policy: Policy,
  directory: string,
  place: (from: string, to: string) => void = Deno.copyFileSync,
): void {
  const weights = policy.master ?? policy.weights;
  saveDescription(policy, directory);
  const target = join(directory, FILES.weights);
  if (policy.adapters === undefined) return writeTensors(weights.values(), target);
  saveAdapters(policy.config, policy.adapters, join(directory, ADAPTER_DIRECTORY));
  // Under adapters the weights are still those of the file.
  if (policy.file === undefined) writeTensors(weights.values(), target);
  else place(policy.file, target);
}

/**
 * Writes what a policy is besides weights: its config, its tokenizer with the chat template, and what ends its texts.
 *
 * @param more fields of `config.json`, `tokenizer_config.json` and `generation_config.json`
 */
export function saveDescription(
  { config: { adapter: _, ...config }, tokenizer, endIds }: Policy,
  directory: string,
  more: { readonly config?: object; readonly tokenizer?: object; readonly generation?: object } =
    {},
): void {
  const fixed = { torch_dtype: "float32", hidden_act: "silu" };
  const fields = Object.entries({ ...config, ...fixed, ...more.config });
  // Sorted, so that equal policies have equal bytes.
  const sorted = fields.toSorted(([a], [b]) => a < b ? -1 : 1);
  writeJson(join(directory, FILES.config), Object.fromEntries(sorted));
  writeJson(join(directory, FILES.tokenizer), tokenizer.definition);
  writeJson(join(directory, FILES.tokenizerConfig), { ...tokenizer.config, ...more.tokenizer });
  writeJson(join(directory, FILES.generation), { eos_token_id: [...endIds], ...more.generation });
}
