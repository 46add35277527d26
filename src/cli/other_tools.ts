/**
 * What other programs have, and nothing here stands for: what to do instead. A name that a setting does stand for is in the
 * `was` of its schema.
 *
 * @module
 */

const LOGGED =
  "leave it out: every update is kept; soar metrics STEP tells them, soar ui shows them";
const EVALUATE = "add a step that uses evaluate, after the training or in a loop";
const IN_BITS =
  "leave it out: precision: float16 in load_policy or download_policy holds a policy so";
const ONE_DEVICE =
  "leave it out: each step runs on one device, of the kind that device: at the top names";
const GPUS =
  "leave it out: a step takes one GPU; resources: { gpu: 2 } of a step takes more, --resources gpu=2 says what there is";
const JOBS =
  "--jobs N says how many steps run at a time, --threads N how many threads of the processor are used";
const CUT = "leave it out: batch is a whole update, cut into what memory has room for";
const KEPT = "write checkpoints: { every_minutes: 10 } at the top of the file";
const ADAM =
  "leave it out: it is AdamW; learning_rate, weight_decay and max_grad_norm are settings";
const STORE = "--store DIR says where results are kept; soar export copies one out";
const ORDER = "leave it out: a step runs after those that its in: refers to";

/** By name, with _ between words: settings, and keys of files. */
const NAMES: Readonly<Record<string, string>> = {
  bf16: IN_BITS,
  fp16: IN_BITS,
  half: IN_BITS,
  load_in_8bit: "leave it out: precision: int8 in load_policy or download_policy holds a policy so",
  load_in_4bit: "leave it out: precision: int4 in load_policy or download_policy holds a policy so",
  gradient_accumulation_steps: CUT,
  micro_batch_size: CUT,
  ppo_micro_batch_size: CUT,
  per_device_eval_batch_size: "leave it out: it is cut into what memory has room for",
  logging_steps: LOGGED,
  log_completions: "leave it out: rollouts are always kept; soar rollouts STEP shows them",
  report_to: "write --tensorboard after soar PIPELINE",
  run_name: "write --name NAME after soar PIPELINE",
  eval_steps: EVALUATE,
  eval_strategy: EVALUATE,
  do_eval: EVALUATE,
  save_strategy: KEPT,
  save_total_limit: KEPT,
  optim: ADAM,
  optimizer: ADAM,
  output_dir: STORE,
  use_vllm: ONE_DEVICE,
  deepspeed: ONE_DEVICE,
  fsdp: ONE_DEVICE,
  num_gpus: GPUS,
  n_gpus_per_node: GPUS,
  nnodes: ONE_DEVICE,
  num_workers: JOBS,
  workers: JOBS,
  max_workers: JOBS,
  num_processes: JOBS,
  parallel: JOBS,
  dataset: "add a step that uses load_problems",
  data: "add a step that uses load_problems",
  dataset_name: "add a step that uses load_problems",
  model: "add a step that uses load_policy or download_policy",
  model_name_or_path: "add a step that uses load_policy or download_policy",
  needs: ORDER,
  depends_on: ORDER,
  deps: ORDER,
  outs: "leave it out: a stage names its outputs, and the store keeps them",
  if: "leave it out: until: of a loop ends it early; --until STEP runs a part",
  when: "leave it out: until: of a loop ends it early; --until STEP runs a part",
  on: "leave it out: soar PIPELINE runs it",
  env: "leave it out: values stand in params:",
  resume_from_checkpoint: "leave it out: running again goes on where the last run ended",
};

const RUNNERS = "the commands that run steps take it, and plan: run, sweep, reproduce";

/** By name, with - between words: options alone. */
const OPTIONS: Readonly<Record<string, string>> = {
  "dry-run": "soar plan PIPELINE tells what a run would do",
  watch: "soar logs -f follows a run, and soar ui shows it live",
  config: "the pipeline is the first argument: soar PIPELINE",
  "config-name": "the pipeline is the first argument: soar PIPELINE",
  "config-path": "the pipeline is the first argument: soar PIPELINE",
  resume: "running again goes on where the last run ended",
  multirun: "soar sweep PIPELINE path=value,value runs every combination",
  "no-cache": "--force STEP makes a step again, --from STEP also what depends on it",
  gpu: "write device=cuda, or device=webgpu",
  gpus: "write device=cuda, or device=webgpu; --resources gpu=N says how many there are",
  executor: "write --on NAME, or executor=NAME",
  launcher: "write --on NAME, or executor=NAME",
  cuda: "write device=cuda",
  cpu: "write device=cpu",
  jobs: RUNNERS,
  on: RUNNERS,
  resources: RUNNERS,
  output: STORE,
  params: "values are set as path=value: params.NAME=…",
  debug: "write --verbose",
  quiet: "send what it prints elsewhere: > log",
  help: "soar COMMAND --help",
};

/** What to do instead of a setting that other programs have; undefined where nothing is known of it. */
export function adviceOnSetting(name: string): string | undefined {
  return Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
}

/** The same of an option. */
export function adviceOnOption(option: string): string | undefined {
  const dashed = option.replaceAll("_", "-"), name = option.replaceAll("-", "_");
  return Object.hasOwn(OPTIONS, dashed) ? OPTIONS[dashed] : adviceOnSetting(name);
}
