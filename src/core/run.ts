import { join } from "node:path";
import type { JsonObject } from "./document.ts";
import type { Listener } from "./event.ts";
import { keyOf, type KeyParts, randomRoot } from "./key.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import { type Artifact, type Output, parsePort } from "./stage.ts";
import { inputDigests, keyParts } from "./step_key.ts";
import type { Action, Lookup, Store } from "./store.ts";

/** What a run needs besides the plan. */
export interface RunOptions<S> {
  /** Where results are. */
  readonly store: Store;
  /** What stages are given; see {@linkcode StageContext.services}. */
  readonly services: S;
  /** Digest of a stage's code, by stage name. */
  readonly code: (stage: string) => string;
  /** Takes the events. */
  readonly listen: Listener;
  /** Stops the run when aborted. */
  readonly signal: AbortSignal;
}

/** How a run ended. */
export interface RunResult {
  /** `stopped` is by the signal. */
  readonly status: "done" | "failed" | "stopped";
  /** Results by step id. */
  readonly actions: ReadonlyMap<string, Action>;
}

/**
 * Runs the steps of a plan in order, taking from the store what is there. Running the same plan again goes on
 * where the last run ended, however it ended.
 */
export async function runPlan<S>(plan: Plan<S>, options: RunOptions<S>): Promise<RunResult> {
  const { store, listen, signal } = options;
  const started = performance.now();
  const actions = new Map<string, Action>();
  let cached = 0, status: RunResult["status"] = "done";
  store.sweep();
  listen({
    kind: "run-started",
    pipeline: plan.name,
    steps: plan.steps.length,
    device: plan.device,
  });
  for (const step of plan.steps) {
    try {
      signal.throwIfAborted();
      const found = await runStep(step, actions, options);
      actions.set(step.id, found.action);
      if (found.cached) cached++;
    } catch (error) {
      status = signal.aborted ? "stopped" : "failed";
      if (status === "failed") {
        listen({ kind: "step-failed", step: step.id, message: messageOf(error) });
      }
      break;
    }
  }
  const seconds = (performance.now() - started) / 1000;
  listen({ kind: "run-finished", status, ran: actions.size - cached, cached, seconds });
  return { status, actions };
}

async function runStep<S>(
  step: PlannedStep<S>,
  done: ReadonlyMap<string, Action>,
  options: RunOptions<S>,
): Promise<{ readonly action: Action; readonly cached: boolean }> {
  const { store, listen } = options;
  const parts = keyParts(step, done, options.code);
  const key = keyOf(parts);
  const identity = { step: step.id, stage: step.stage.name, key };
  const lookup = store.find(key);
  if (lookup.kind === "hit") {
    const { metrics, outputs } = lookup.action;
    listen({ kind: "step-finished", ...identity, cached: true, seconds: 0, metrics, outputs });
    return { action: lookup.action, cached: true };
  }
  if (lookup.kind === "damaged") listen({ kind: "damaged", step: step.id, ...lookup.damage });
  listen({ kind: "step-started", ...identity });
  const started = performance.now();
  const { outputs, metrics } = await execute(step, parts, done, options);
  const seconds = (performance.now() - started) / 1000;
  const action: Action = { key, parts, outputs, metrics, seconds };
  store.addAction(action);
  listen({ kind: "step-finished", ...identity, cached: false, seconds, metrics, outputs });
  return { action, cached: false };
}

async function execute<S>(
  step: PlannedStep<S>,
  parts: KeyParts,
  done: ReadonlyMap<string, Action>,
  { store, services, listen, signal }: RunOptions<S>,
) {
  const scratch = store.scratch();
  try {
    const metrics = await step.stage.run({
      config: step.config,
      inputs: readInputs(step, done, store),
      outputs: Object.fromEntries(
        Object.keys(step.stage.outputs).map((port) => [port, output(join(scratch, port))]),
      ),
      seed: randomRoot(parts),
      services,
      signal,
      log: (message) => listen({ kind: "step-log", step: step.id, message }),
      progress: (count, total, numbers = {}) =>
        listen({ kind: "step-progress", step: step.id, done: count, total, numbers }),
    });
    const outputs: Record<string, string | string[]> = {};
    for (const [port, spec] of Object.entries(step.stage.outputs)) {
      const { kind, list } = parsePort(spec);
      outputs[port] = list
        ? itemDirectories(join(scratch, port)).map((item) => store.addArtifact(kind, item))
        : store.addArtifact(kind, join(scratch, port));
    }
    return { outputs, metrics: (metrics ?? {}) as JsonObject };
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
}

function output(directory: string): Output {
  Deno.mkdirSync(directory);
  return {
    directory,
    item(index) {
      const item = join(directory, String(index).padStart(6, "0"));
      Deno.mkdirSync(item);
      return item;
    },
  };
}

function itemDirectories(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => join(directory, name)).toSorted();
}

function readInputs<S>(
  step: PlannedStep<S>,
  done: ReadonlyMap<string, Action>,
  store: Store,
): Record<string, Artifact | readonly Artifact[]> {
  return Object.fromEntries(
    Object.entries(step.inputs).map(([port, binding]) => {
      const artifacts = inputDigests(binding, done).map((digest) => store.artifact(digest));
      return [port, binding.list ? artifacts : artifacts[0]!];
    }),
  );
}

/** What a plan step would do now: `unknown` where it depends on a step that has to run first. */
export type Forecast =
  | Lookup
  | { readonly kind: "unknown" };

/** Tells for each step whether its result is in the store, without running anything. */
export function forecast<S>(
  plan: Plan<S>,
  store: Store,
  code: (stage: string) => string,
): Map<string, { readonly lookup: Forecast; readonly parts: KeyParts | undefined }> {
  const done = new Map<string, Action>();
  const result = new Map<string, { lookup: Forecast; parts: KeyParts | undefined }>();
  for (const step of plan.steps) {
    const sources = Object.values(step.inputs).flatMap((binding) => binding.sources);
    if (!sources.every((source) => done.has(source.step))) {
      result.set(step.id, { lookup: { kind: "unknown" }, parts: undefined });
      continue;
    }
    const parts = keyParts(step, done, code);
    const lookup = store.find(keyOf(parts));
    if (lookup.kind === "hit") done.set(step.id, lookup.action);
    result.set(step.id, { lookup, parts });
  }
  return result;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
