/** The settings of PEFT's `adapter_config.json`, by the rules of peft 0.21. @module */
import {
  type Adapter,
  type Declarations,
  harmless,
  isNothing,
  type Json,
  type LlamaConfig,
  type LowRank,
  only,
  onlyIf,
  type Projection,
  projectionPath,
  PROJECTIONS,
  refused,
  shown,
  undeclared,
  used,
} from "../models/mod.ts";
import { hasTarget, patternMatcher } from "./peft_names.ts";

/** What to do with an adapter that is more than low ranks. */
export const MERGE =
  "merge it into its model with PEFT (merge_and_unload), and load what comes out";

/** Every setting that is known: the fields of PEFT's LoraConfig, and what older versions wrote. */
const SETTINGS: Declarations = new Map([
  ...used("r", "lora_alpha", "target_modules", "exclude_modules", "layers_to_transform"),
  ...used("layers_pattern", "rank_pattern", "alpha_pattern", "use_rslora"),
  // Where it comes from, how it was trained and began, and settings of settings.
  ...harmless("auto_mapping", "base_model_name_or_path", "revision", "peft_version", "task_type"),
  ...harmless("inference_mode", "lora_dropout", "megatron_core", "qalora_group_size"),
  ...harmless("eva_config", "corda_config", "loftq_config", "lora_ga_config", "runtime_config"),
  ...harmless("ensure_weight_tying", "enable_lora", "merge_weights"),
  ...only("LORA", ["peft_type"]),
  ...only("none", ["bias"], MERGE),
  ...only(false, ["fan_in_fan_out", "use_dora", "lora_bias", "use_qalora", "use_bdlora"], MERGE),
  ...refused([
    ...["modules_to_save", "trainable_token_indices", "target_parameters", "layer_replication"],
    ...["alora_invocation_tokens", "megatron_config", "arrow_config", "kasa_config"],
    ...["velora_config", "monteclora_config"],
  ], MERGE),
  ...onlyIf(
    "true, false, gaussian, orthogonal or eva",
    (how) => [true, false, "gaussian", "orthogonal", "eva"].includes(how as string),
    ["init_lora_weights"],
    "other ways to begin change the model that the adapter is on; convert it with PEFT " +
      "(save_pretrained with path_initial_model_for_weight_conversion)",
  ),
]);

/**
 * The adapter that the settings describe, for a model.
 *
 * @param file shown in errors
 * @throws {Error} naming the setting that is not supported or not known
 */
export function parseAdapter(config: LlamaConfig, json: Json, file: string): Adapter {
  const fail = (problem: string) => new Error(`Cannot read ${file}: ${problem}`);
  // Off in PEFT is null, false or empty.
  const isOff = (value: unknown) => value === false || isNothing(value);
  const problem = undeclared(json, SETTINGS, { isOff, advice: MERGE });
  if (problem !== undefined) throw fail(problem);
  if (isNothing(json.peft_type)) throw fail("peft_type is missing; it is LORA");
  const rank = (value: unknown, name: string) => {
    if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
    throw fail(`${name} is ${shown(value)}; it is a whole number above 0`);
  };
  const alpha = (value: unknown, name: string) => {
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw fail(`${name} is ${shown(value)}; it is a number`);
  };
  const usual = { rank: rank(json.r, "r"), alpha: alpha(json.lora_alpha, "lora_alpha") };
  const rankOf = patternMatcher(json.rank_pattern, "rank_pattern", rank, fail);
  const alphaOf = patternMatcher(json.alpha_pattern, "alpha_pattern", alpha, fail);
  const stable = json.use_rslora ?? false;
  if (typeof stable !== "boolean") {
    throw fail(`use_rslora is ${shown(stable)}; it is true or false`);
  }
  const isTarget = targetsOf(config, json, fail);

  const modules = new Map<string, LowRank>();
  for (const path of pathsOf(config, ALL)) {
    const name = `model.${path}`;
    if (!isTarget(name)) continue;
    const own = { rank: rankOf(name) ?? usual.rank, alpha: alphaOf(name) ?? usual.alpha };
    // rsLoRA (arXiv 2312.03732) scales by alpha / √rank.
    modules.set(path, stable ? { ...own, alpha: own.alpha * Math.sqrt(own.rank) } : own);
  }
  return summarize(config, modules);
}

const ALL = Object.keys(PROJECTIONS) as Projection[];

/** Paths of projections in every layer. */
function pathsOf(config: LlamaConfig, projections: readonly Projection[]): string[] {
  const layers = Array.from({ length: config.num_hidden_layers }, (_, layer) => layer);
  return layers.flatMap((layer) => projections.map((name) => projectionPath(layer, name)));
}

/** Which modules are targets; told when none of a list is, or one that is cannot have an adapter here. */
function targetsOf(
  config: LlamaConfig,
  json: Json,
  fail: (problem: string) => Error,
): (name: string) => boolean {
  const { target_modules: targets } = json, known = ALL.join(", ");
  const isText = typeof targets === "string";
  if (!isText && !(Array.isArray(targets) && targets.every((name) => typeof name === "string"))) {
    throw fail(`target_modules is no list of projections and no pattern; supported are ${known}`);
  }
  const isTarget = hasTarget(json, ALL, fail);
  for (const other of ["lm_head", "model.embed_tokens"]) {
    if (isTarget(other)) throw fail(`target_modules has ${other}, which gets no adapter; ${MERGE}`);
  }
  if (!pathsOf(config, ALL).some((path) => isTarget(`model.${path}`))) {
    const named = isText ? shown(targets) : targets.map(shown).join(", ");
    throw fail(`target_modules has ${named}; supported are ${known}`);
  }
  return isTarget;
}

/** The commonest rank and alpha, with exceptions. */
function summarize(config: LlamaConfig, modules: ReadonlyMap<string, LowRank>): Adapter {
  const counts = new Map<string, number>(), text = ({ rank, alpha }: LowRank) => `${rank} ${alpha}`;
  for (const own of modules.values()) counts.set(text(own), (counts.get(text(own)) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const usual = [...modules.values()].find((own) => counts.get(text(own)) === most)!;
  const targets = ALL.filter((projection) =>
    [...modules.keys()].some((path) => path.endsWith(`.${projection}`))
  );
  const except: Record<string, LowRank | null> = {};
  for (const path of pathsOf(config, targets)) {
    const own = modules.get(path);
    if (own === undefined) except[path] = null;
    else if (text(own) !== text(usual)) except[path] = own;
  }
  return { ...usual, targets, ...(Object.keys(except).length === 0 ? {} : { except }) };
}

/** The settings that PEFT reads an adapter from. */
export function adapterSettings(adapter: Adapter, config: LlamaConfig): Json {
  const { rank, alpha, targets, except } = adapter;
  const usual = {
    base_model_name_or_path: null,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    lora_alpha: alpha,
    lora_dropout: 0,
    peft_type: "LORA",
    r: rank,
    target_modules: [...targets].sort(),
    task_type: "CAUSAL_LM",
  };
  if (except === undefined) return usual;
  const named = (of: (own: LowRank) => number) =>
    Object.fromEntries(
      Object.entries(except).flatMap(([path, own]) =>
        own === null ? [] : [[`model.${path}`.replaceAll(".", "\\."), of(own)]]
      ),
    );
  return {
    ...usual,
    alpha_pattern: named(({ alpha }) => alpha),
    rank_pattern: named(({ rank }) => rank),
    target_modules: pathsOf(config, targets).filter((path) => except[path] !== null)
      .map((path) => `model.${path}`).sort(),
  };
}
