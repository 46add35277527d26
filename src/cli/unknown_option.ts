/** What to do instead of an option that there is not. @module */
import { PIPELINE_SCHEMA } from "../../schemas/pipeline.ts";
import { calledBefore } from "../../schemas/validate.ts";
import { adviceOnOption } from "./other_tools.ts";
import { CATALOGUE } from "./project_library.ts";

/**
 * What commander complains of, with a hint below where one is known.
 *
 * @param args the command line
 */
export function withHint(complaint: string, args: readonly string[]): string {
  const [, message, near] = /^(.*?)(?:\n\(Did you mean (.*)\?\))?\n*$/s.exec(complaint)!;
  const hint = optionHint(message!, args) ?? argumentHint(message!, args) ??
    (near === undefined ? undefined : `did you mean ${near}?`);
  return hint === undefined ? message! : `${message}\n  help: ${hint}`;
}

/** A hint for an option that commander does not know; undefined where nothing is known of it. */
function optionHint(message: string, args: readonly string[]): string | undefined {
  const [, dashes, option] = /unknown option '(--?)([^'=]+)/.exec(message) ?? [];
  if (dashes === undefined) return undefined;
  const value = valueOf(dashes + option!, args) ?? "…";
  if (option!.includes(".")) return `write ${option}=${value}, without ${dashes}`;
  const name = option!.replaceAll("-", "_");
  if (dashes === "-") return SHORT[option!];
  if (SCALARS.has(name)) return `write ${name}=${value}`;
  return settingCalled(name, value) ?? adviceOnOption(option!);
}

/** What was written after an option. */
function valueOf(option: string, args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => arg === option || arg.startsWith(`${option}=`));
  const [, value] = /=(.*)/s.exec(args[at] ?? "") ?? [];
  if (value !== undefined) return value;
  const next = args[at + 1];
  return at < 0 || next === undefined || /^-|=|\.ya?ml$/.test(next) ? undefined : next;
}

/** Values at the top of a pipeline. */
const SCALARS: ReadonlySet<string> = new Set([
  ...Object.entries(PIPELINE_SCHEMA.properties).flatMap(([key, property]) =>
    "default" in property ? [key] : []
  ),
  "retries",
  "retry_pause",
  "time_limit",
]);

/** Options of one letter that other programs have. */
const SHORT: Readonly<Record<string, string>> = {
  h: "soar COMMAND --help",
  v: "soar --version tells the version, --verbose where in the program a step failed",
  m: "soar sweep PIPELINE path=value,value runs every combination",
  c: "the pipeline is the first argument: soar PIPELINE",
  o: "--store DIR says where results are kept; soar export copies one out",
  j: "the commands that run steps take it, and plan: run, sweep, reproduce",
  p: "values are set as path=value: params.NAME=…",
};

/** What to write for an argument, by its name. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  pipeline: "name a YAML file, such as pipelines/soar.yaml",
  step: "name a step, as soar plan lists them",
  output: "name an output as step.port, such as final.policy",
  directory: "name a folder",
  run: "name a run, as soar runs lists them",
  before: "name two runs, as soar runs lists them",
  after: "name two runs, as soar runs lists them",
};

/** What a command takes, where it was given too little or too much. */
function argumentHint(message: string, args: readonly string[]): string | undefined {
  const [, argument] = /missing required argument '([^']+)'/.exec(message) ?? [];
  if (argument === "output" && args.some((arg) => /^--run(=|$)/.test(arg))) {
    return "write soar export OUTPUT DIRECTORY --run RUN";
  }
  if (argument !== undefined && Object.hasOwn(ARGUMENTS, argument)) return ARGUMENTS[argument];
  if (/too many arguments/.test(message)) return "see soar COMMAND --help";
  return undefined;
}

/** How a setting of some stage is written, by its name or one of another tool's. */
function settingCalled(name: string, value: string): string | undefined {
  const known = CATALOGUE.stages.map(({ config }) => config.properties);
  const write = (setting: string, value: string) =>
    `settings are set as path=value: steps.STEP.with.${setting}=${value}`;
  if (known.some((properties) => Object.hasOwn(properties, name))) return write(name, value);
  for (const properties of known) {
    const now = calledBefore(properties, name);
    if (now === undefined) continue;
    const reckoned = properties[now]!.unlike?.[name];
    return reckoned === undefined ? write(now, value) : `${write(now, "…")}: ${reckoned}`;
  }
  return undefined;
}
