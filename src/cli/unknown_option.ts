/** What to do instead of an option that there is not. @module */
import { calledBefore } from "../../schemas/validate.ts";
import { CATALOGUE } from "./project_library.ts";

/** Options of other tools. */
const OTHERS: Readonly<Record<string, string>> = {
  "dry-run": "soar plan PIPELINE tells what a run would do",
  watch: "soar logs -f follows a run, and soar ui shows it live",
  config: "the pipeline is the first argument: soar PIPELINE",
  resume: "running again goes on where the last run ended",
  "resume-from-checkpoint": "running again goes on where the last run ended",
  "output-dir": "--store DIR says where results are kept; soar export copies one out",
  "report-to": "write --tensorboard",
  "run-name": "write --name",
  help: "soar COMMAND --help",
};

/** Keys of a pipeline, whatever its stages are. */
const KEYS: ReadonlySet<string> = new Set([
  "seed",
  "device",
  "retries",
  "retry_pause",
  "time_limit",
  "max_steps",
]);

/** A hint for an option that commander does not know; undefined where nothing is known of it. */
export function optionHint(message: string): string | undefined {
  const [, option] = /unknown option '--([^'=]+)/.exec(message) ?? [];
  if (option === undefined) return undefined;
  const dashed = option.replaceAll("_", "-"), name = option.replaceAll("-", "_");
  if (Object.hasOwn(OTHERS, dashed)) return OTHERS[dashed];
  if (KEYS.has(name)) return `values are set as path=value: ${name}=…`;
  const setting = settingCalled(name);
  return setting === undefined
    ? undefined
    : `settings are set as path=value: steps.STEP.with.${setting}=…`;
}

/** Today's name of a setting of some stage, by that name or one of another tool's. */
function settingCalled(name: string): string | undefined {
  const known = CATALOGUE.stages.map(({ config }) => config.properties);
  if (known.some((properties) => Object.hasOwn(properties, name))) return name;
  const others = known.flatMap((properties) => calledBefore(properties, name) ?? []);
  return others[0] ?? SHORT[name];
}

/** What people call settings for short. */
const SHORT: Readonly<Record<string, string>> = {
  lr: "learning_rate",
  batch_size: "batch",
  max_tokens: "max_completion_length",
  max_new_tokens: "max_completion_length",
  epochs: "num_train_epochs",
};
