/** A store with runs that never ran: as fast as writing them down. @module */
import { join } from "node:path";
import { type Event, type Json, keyOf, type KeyParts, Store } from "../../src/core/mod.ts";
import { RunWriter } from "../../src/records/mod.ts";

/** What a model may write that a page must not run. */
export const HOSTILE = '<script>globalThis.owned = 1</script><img src=x onerror="owned = 2">';

const VERDICTS = ["correct", "wrong", "no_answer", "timed_out"] as const;

/** What a step's key is made of. */
export function partsOf(stage: string, config: Json, seed = 1): KeyParts {
  const input = { problems: "a".repeat(64) };
  return {
    format: 3,
    stage,
    version: 1,
    code: "b".repeat(64),
    config,
    inputs: input,
    seed: { seed },
  };
}

/** A rollout as stages record it; every seventh is hostile. */
export function rolloutRow(i: number): Record<string, Json> {
  const verdict = VERDICTS[i % 4]!;
  const completion = i % 7 === 3
    ? `${HOSTILE} number ${i}`
    : `Let us add the digits of ${i} one by one.\nThe sum is ${i % 19}, so the answer is ${
      i % 19
    }.`;
  return {
    step: Math.floor(i / 16),
    group: Math.floor(i / 4) % 4,
    problem_id: `p${i % 40}`,
    prompt: `What is the sum of the digits of ${i}?\nThink step by step.`,
    completion,
    expected: String(i % 19),
    extracted: verdict === "no_answer" ? null : String(i % 19 + Number(verdict === "wrong")),
    verdict,
    reason: verdict === "timed_out" ? "the tests took longer than 5 s" : null,
    score: null,
    rewards: { correct: Number(verdict === "correct"), short: (i % 10) / 10 },
    reward: Number(verdict === "correct") + (i % 10) / 100,
    advantage: (i % 10) / 10 - 0.45,
    logp: -12.5 - i % 3,
    logps: Array.from({ length: 24 }, (_, at) => -((i * 7 + at * 13) % 100) / 40),
    tokens: 24,
    finished: i % 5 > 0,
  };
}

/** A row of the table `metrics` of a student. */
export function metricsRow(step: number, shift = 0): Record<string, Json> {
  const wave = Math.sin(step / 3 + shift) / 20;
  return {
    step,
    reward: 0.2 + 0.5 * (1 - Math.exp(-step / 25)) + wave + shift / 20,
    correct: 0.15 + 0.4 * (1 - Math.exp(-step / 20)) + wave,
    loss: 0.4 * Math.exp(-step / 30) + wave / 4,
    grad_norm: 1.2 + wave * 6,
    length: 40 + step / 2,
    entropy_mc: 0.9 - step / 150,
  };
}

/** A run that is being written. */
export class FakeRun implements AsyncDisposable {
  readonly #store: Store;
  readonly #writer: RunWriter;

  /** Begins it. @param document the pipeline */
  constructor(
    store: Store,
    { name, overrides = [], seed = 1, steps = 4 }: {
      readonly name?: string;
      readonly overrides?: readonly string[];
      readonly seed?: number;
      readonly steps?: number;
    } = {},
  ) {
    this.#store = store;
    this.#writer = new RunWriter(
      store,
      {
        pipeline: "digits",
        file: join(store.directory, "digits.yaml"),
        ...name === undefined ? {} : { name },
        folder: store.directory,
        overrides,
        seed,
        versions: { soar: "0.2.0", deno: "2.9.6" },
      },
      { name: "digits", seed, params: Object.fromEntries(overrides.map((one) => one.split("="))) },
      () => ({ processor: "test", threads: 2 }),
      (message) => {
        throw new Error(message);
      },
    );
    this.#writer.vouch();
    this.take({ kind: "run-started", pipeline: "digits", steps, device: "cpu" });
  }

  /** Of the run. */
  get id(): string {
    return this.#writer.id;
  }

  /** Takes an event. */
  take(event: Event): void {
    this.#writer.take(event);
  }

  /** Begins a step. @returns its key */
  start(step: string, parts: KeyParts): string {
    const key = keyOf(parts);
    this.take({ kind: "step-started", step, stage: parts.stage, key });
    return key;
  }

  /** Ends a step, and puts its result into the store. */
  finish(step: string, parts: KeyParts, metrics: Record<string, Json>, cached = false): void {
    const key = keyOf(parts), { stage } = parts;
    if (!cached) {
      this.#store.addAction({ key, parts, outputs: {}, metrics, seconds: 4.2, machine: {} });
    }
    const seconds = cached ? 0 : 4.2;
    this.take({ kind: "step-finished", step, stage, key, cached, seconds, metrics, outputs: {} });
  }

  /** Says that it is done. */
  end(status: "done" | "failed" = "done"): void {
    this.take({ kind: "run-finished", status, ran: 3, cached: 1, skipped: 0, seconds: 12.6 });
  }

  /** Lets go of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer[Symbol.asyncDispose]();
  }
}

/** A student of an iteration, with its tables. */
export function addStudent(
  store: Store,
  run: FakeRun,
  iteration: number,
  learningRate: number,
  { steps = 60, rollouts = 300 }: { readonly steps?: number; readonly rollouts?: number } = {},
): string {
  const step = `meta[${iteration}].students`;
  const parts = partsOf("train_student", { learning_rate: learningRate, iteration, steps });
  const key = run.start(step, parts);
  using tables = store.tables.open(key, 64 << 20);
  const shift = iteration + learningRate * 1000;
  tables.add("metrics", Array.from({ length: steps }, (_, i) => metricsRow(i, shift)));
  tables.add("rollouts", Array.from({ length: rollouts }, (_, i) => rolloutRow(i)));
  run.take({ kind: "step-log", step, message: `${rollouts} rollouts of 40 problems` });
  run.finish(step, parts, { steps, reward_last: 0.61 + shift / 20, flat_groups: 0.25 });
  return key;
}

/** A store with three runs that have ended. */
export async function addRuns(
  store: Store,
): Promise<{ readonly first: string; readonly second: string }> {
  const ids: string[] = [];
  const data = partsOf("make_problems", { count: 40 });
  for (const [i, rate] of [0.001, 0.003].entries()) {
    await using run = new FakeRun(store, {
      ...i === 1 ? { name: "higher rate", overrides: [`learning_rate=${rate}`] } : {},
      steps: 4,
    });
    ids.push(run.id);
    run.start("data", data);
    run.finish("data", data, { problems: 40 }, i === 1);
    for (const iteration of [0, 1, 2]) addStudent(store, run, iteration, rate);
    run.take({ kind: "warning", message: `a name with ${HOSTILE} in it` });
    run.end();
  }
  await using failed = new FakeRun(store, { overrides: ["steps=0"] });
  const parts = partsOf("train_student", { steps: 0 });
  failed.start("students", parts);
  failed.take({ kind: "step-failed", step: "students", message: `no steps: ${HOSTILE}` });
  failed.end("failed");
  return { first: ids[0]!, second: ids[1]! };
}

/** An empty store, removed afterwards. */
export class FakeStore implements Disposable {
  readonly directory: string = Deno.makeTempDirSync({ prefix: "soar-test-" });
  readonly store: Store = new Store(join(this.directory, ".soar"));

  /** Makes it. */
  constructor() {
    this.store.prepare();
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    this.store.release();
    Deno.removeSync(this.directory, { recursive: true });
  }
}
