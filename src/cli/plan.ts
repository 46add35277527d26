import { join } from "node:path";
import {
  describeDifference,
  forecast,
  type KeyParts,
  type Lookup,
  type Plan,
  type PlannedStep,
  Store,
} from "../core/mod.ts";
import { type LlamaConfig, loadConfig, type Precision, withPrecision } from "../rl/mod.ts";
import { estimateMemory } from "../../stages/memory.ts";
import type { Services } from "../../stages/mod.ts";
import { formatBytes, formatColumns, formatSeconds } from "./format.ts";
import { Durations, lastKeys } from "./history.ts";
import { codeDigests, openPipeline, type ProjectOptions } from "./project.ts";

/** Tells what a run would do, step by step, and how long it may take. */
export function plan(
  file: string,
  overrides: readonly string[],
  options: ProjectOptions & { readonly json?: true },
): number {
  const planned = openPipeline(file, [...overrides, ...options.set]);
  const store = new Store(options.store);
  const forecasts = forecast(planned, store, codeDigests());
  const last = lastParts(store, planned.name);
  const memory = memoryOf(planned, store, forecasts);
  const steps = planned.steps.map((step) => {
    const { id, stage } = step;
    const { lookup, parts } = forecasts.get(id)!;
    return {
      step: id,
      stage: stage.name,
      state: lookup.kind === "damaged" ? "miss" : lookup.kind,
      why: lookup.kind === "unknown"
        ? "depends on a step that has to run first"
        : reason(lookup, parts!, last(id)),
      bytes: lookup.kind === "hit" ? sizeOf(store, lookup) : 0,
      memory: lookup.kind === "hit" ? undefined : memory(step),
    };
  });
  if (options.json === true) {
    for (const step of steps) console.log(JSON.stringify(step));
    return 0;
  }
  const toRun = steps.filter(({ state }) => state !== "hit");
  const rows = steps.map(({ step, stage, state, why, bytes, memory }) => [
    state,
    step,
    stage,
    bytes > 0 ? formatBytes(bytes) : memory === undefined ? "" : `RAM ${formatBytes(memory)}`,
    why,
  ]);
  console.log(formatColumns(rows).join("\n"));
  const seconds = Durations.of(store).estimate(toRun.map(({ stage }) => stage));
  const time = seconds === undefined ? "of unknown duration" : `about ${formatSeconds(seconds)}`;
  const stored = steps.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(
    `\n${steps.length} steps: ${steps.length - toRun.length} stored (${formatBytes(stored)}), ` +
      `${toRun.length} to run, ${time}`,
  );
  const peak = Math.max(0, ...steps.map(({ memory }) => memory ?? 0));
  if (peak > 0) {
    console.log(`estimated peak memory ${formatBytes(peak)}`);
  }
  return 0;
}

/** Estimates the memory of a step from the model that reaches it, where that can be told before it runs. */
function memoryOf(
  plan: Plan<Services>,
  store: Store,
  forecasts: ReturnType<typeof forecast>,
): (step: PlannedStep<Services>) => number | undefined {
  const byId = new Map(plan.steps.map((step) => [step.id, step]));
  const known = new Map<string, LlamaConfig | undefined>();
  const modelOf = (step: PlannedStep<Services>): LlamaConfig | undefined => {
    const source = step.inputs.policy?.sources[0];
    if (source === undefined) {
      const { path, precision } = step.config;
      const model = configAt(path);
      return model && withPrecision(model, precision as Precision | undefined);
    }
    if (known.has(source.step)) return known.get(source.step);
    const lookup = forecasts.get(source.step)?.lookup;
    const digest = lookup?.kind === "hit" ? lookup.action.outputs[source.port] : undefined;
    const model = typeof digest === "string"
      ? configAt(join(store.directory, "artifacts", digest))
      : modelOf(byId.get(source.step)!);
    known.set(source.step, model);
    return model;
  };
  return (step) => {
    const estimate = estimateMemory(step.stage.name, step.config);
    const model = estimate === undefined ? undefined : modelOf(step);
    return model === undefined ? undefined : estimate!(model);
  };
}

/** The model in a directory; undefined when there is none that can be read. */
function configAt(directory: unknown): LlamaConfig | undefined {
  if (typeof directory !== "string") return undefined;
  try {
    return loadConfig(directory);
  } catch {
    return undefined; // running the step tells what is wrong with it
  }
}

/** Tells the key's parts under which a step of a pipeline last had a result. */
export function lastParts(store: Store, pipeline: string): (step: string) => KeyParts | undefined {
  const keys = lastKeys(store, pipeline);
  return (step) => {
    const key = keys.get(step);
    return key === undefined ? undefined : store.readAction(key)?.parts;
  };
}

function reason(lookup: Lookup, parts: KeyParts, last: KeyParts | undefined): string {
  switch (lookup.kind) {
    case "hit":
      return "";
    case "damaged":
      return `${lookup.damage.what}: ${lookup.damage.problem}`;
    case "miss": {
      if (last === undefined) return "never ran";
      const [first, ...more] = describeDifference(last, parts);
      if (first === undefined) return "its result is gone";
      return more.length === 0 ? first : `${first} (and ${more.length} more; see explain)`;
    }
    default:
      return lookup satisfies never;
  }
}

function sizeOf(store: Store, lookup: Extract<Lookup, { kind: "hit" }>): number {
  return Object.values(lookup.action.outputs).flat().reduce((sum, digest) => {
    const manifest = join(store.directory, "artifacts", digest, "manifest.json");
    const { files } = JSON.parse(Deno.readTextFileSync(manifest)) as {
      files: Record<string, { size: number }>;
    };
    return sum + Object.values(files).reduce((total, { size }) => total + size, 0);
  }, 0);
}
