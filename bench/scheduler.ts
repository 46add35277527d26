/**
 * The scheduler alone, on a cluster that is not there: pipelines/soar.yaml as long as in the paper (16 students, 200 outer
 * steps, 32 GPUs), a hundredth of all jobs lost halfway; clock and results are made up. Then 100,000 steps, for memory.
 *
 *     deno run -A --v8-flags=--expose-gc bench/scheduler.ts
 *
 * @module
 */
import process from "node:process";
import { setImmediate } from "node:timers";
import { fileURLToPath } from "node:url";
import { openPipeline } from "../src/cli/project.ts";
import {
  type Action,
  digestJson,
  type Executor,
  type Job,
  JobLost,
  type Listener,
  type Outcome,
  parsePort,
  type Plan,
  type Resources,
  runPlan,
  type Store,
} from "../src/core/mod.ts";
import { Random } from "../src/random/random.ts";

const PIPELINE = fileURLToPath(new URL("../pipelines/soar.yaml", import.meta.url));
/** Seconds that stages take, about as in the paper: 200 outer steps in two days. */
const SECONDS: Readonly<Record<string, number>> = {
  select_hard: 3600,
  sample_problems: 150,
  train_student: 560,
  evaluate: 60,
  update_teacher: 70,
};
/** Relative deviation between jobs of a stage. */
const SPREAD = 0.1;
const LOST = 0.01;
const GPUS = 32;

/** Passes when nothing happens until then. */
class Clock {
  now = 0;
  #events: { readonly at: number; readonly happen: () => void }[] = [];
  #added = 0;
  #isOver = false;

  /** Resolves after so many seconds. */
  after(seconds: number): Promise<void> {
    this.#added++;
    return new Promise((happen) => this.#events.push({ at: this.now + seconds, happen }));
  }

  /** Lets time pass until it is stopped: on to the next event, once nobody adds one any more. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      for (let quiet = 0, seen = this.#added; quiet < 3; quiet++) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (seen !== this.#added) quiet = 0;
        seen = this.#added;
      }
      if (this.#events.length === 0) continue;
      this.now = this.#events.reduce((least, { at }) => Math.min(least, at), Infinity);
      const due = this.#events.filter(({ at }) => at === this.now);
      this.#events = this.#events.filter(({ at }) => at !== this.now);
      for (const { happen } of due) happen();
    }
  }

  stop(): void {
    this.#isOver = true;
  }
}

/** Runs nothing: jobs take their time, and some are lost. */
class Cluster implements Executor {
  readonly capacity: Resources = { gpu: GPUS };
  readonly jobs = GPUS;
  /** Seconds from a job's first start to its end, by step. */
  readonly took = new Map<string, number>();
  /** Seconds of a GPU that jobs took, and that came to nothing. */
  used = 0;
  lost = 0;
  readonly #clock: Clock;
  readonly #stages: ReadonlyMap<string, Plan<unknown>["steps"][number]["stage"]>;
  readonly #lossRate: number;
  readonly #items: number;
  readonly #begun = new Map<string, number>();
  /** Whether it keeps what jobs took; the memory of many would be its own. */
  readonly #isTimed: boolean;
  readonly #random = new Random("cluster");

  constructor(clock: Clock, plan: Plan<unknown>, lossRate: number, items: number) {
    this.#clock = clock;
    this.#isTimed = plan.steps.length < 50_000;
    this.#lossRate = lossRate;
    this.#items = items;
    this.#stages = new Map(plan.steps.map(({ id, stage }) => [id, stage]));
  }

  demand(declared: Resources): Resources {
    return { gpu: declared.gpu ?? (declared.cpu === 0 ? 0 : 1) };
  }

  async run(job: Job, { gpu = 0 }: Resources, _: Listener, __: AbortSignal): Promise<Outcome> {
    const { step, stage: { name } } = job, began = this.#clock.now;
    if (!this.#begun.has(step)) this.#begun.set(step, began);
    const mean = SECONDS[name] ?? 0;
    const seconds = mean === 0 ? 0 : mean * Math.exp(SPREAD * this.#random.normal());
    const isLost = mean > 0 && this.#random.next() < this.#lossRate;
    await this.#clock.after(isLost ? seconds / 2 : seconds);
    this.used += gpu * (this.#clock.now - began);
    if (isLost) {
      this.lost++;
      throw new JobLost("its machine went away");
    }
    if (this.#isTimed) this.took.set(step, this.#clock.now - this.#begun.get(step)!);
    this.#begun.delete(step);
    return { kind: "made", action: this.#result(job) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  /** Outputs of which nothing is there but their names. */
  #result({ step, key, parts }: Job): Action {
    const { outputs } = this.#stages.get(step)!;
    const made = Object.entries(outputs).map(([port, spec]) => {
      const name = (item: number) => digestJson([key, port, item]);
      const { list } = parsePort(spec);
      return [port, list ? Array.from({ length: this.#items }, (_, i) => name(i)) : name(0)];
    });
    return { key, parts, outputs: Object.fromEntries(made), metrics: {}, seconds: 0, machine: {} };
  }
}

/** A store in which nothing is found, and nothing is kept. */
const NOTHING = {
  enter: () => Promise.resolve({ [Symbol.dispose]() {} }),
  sweep() {},
  release() {},
  find: () => ({ kind: "miss" }),
  readAction: () => undefined,
  digestPath: () => "",
} as unknown as Store;

interface Simulated {
  readonly plan: Plan<unknown>;
  readonly cluster: Cluster;
  /** Until the last job ended, by the made-up clock. */
  readonly makespan: number;
  /** Seconds of this processor. */
  readonly cpu: number;
  /** MiB in use when so many steps were done. */
  readonly heap: readonly (readonly [steps: number, mib: number])[];
}

async function simulate(
  overrides: readonly string[],
  items: number,
  lossRate: number,
): Promise<Simulated> {
  const project = await openPipeline(PIPELINE, [
    ...overrides,
    `params.datasets=${items}`,
  ], { store: "none", all: false });
  const { plan } = project, code = await project.code();
  const clock = new Clock(), cluster = new Cluster(clock, plan, lossRate, items);
  const heap: [number, number][] = [], every = Math.ceil(plan.steps.length / 8);
  const passing = clock.run(), began = processor();
  let done = 0;
  const { status } = await runPlan(plan, {
    store: NOTHING,
    code,
    listen(event) {
      if (event.kind === "step-failed" && event.again !== true) throw new Error(event.message);
      if (event.kind !== "step-finished" || done++ % every !== 0) return;
      heap.push([done, memory()]);
    },
    signal: new AbortController().signal,
    executors: () => Promise.resolve({ here: cluster, main: cluster }),
    wait: (milliseconds) => clock.after(milliseconds / 1000),
  });
  const cpu = processor() - began, makespan = clock.now;
  clock.stop();
  await passing;
  if (status !== "done") throw new Error(`Expected a run that is done, got ${status}`);
  return { plan, cluster, makespan, cpu, heap };
}

/** Seconds of the processor that this process has taken. */
function processor(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function memory(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().heapUsed / 2 ** 20;
}

/** Seconds that the longest chain of steps takes which need each other, where each takes `took`. */
function longestChain(plan: Plan<unknown>, took: (step: string) => number): number {
  const ends = new Map<string, number>();
  for (const { id, inputs } of plan.steps) {
    const needs = Object.values(inputs).flatMap(({ sources }) =>
      sources.map((source) => ends.get((source as { step: string }).step) ?? 0)
    );
    ends.set(id, Math.max(0, ...needs) + took(id));
  }
  return Math.max(...ends.values());
}

function tell(title: string, { plan, cluster, makespan, cpu }: Simulated): void {
  const chain = longestChain(plan, (step) => cluster.took.get(step) ?? 0);
  const bound = Math.max(chain, cluster.used / GPUS);
  const hours = (seconds: number) => `${(seconds / 3600).toFixed(1)} h`;
  console.log(
    `${title}: ${plan.steps.length} steps, ${cluster.lost} jobs lost, ${hours(makespan)}; ` +
      `dependencies and GPUs allow ${hours(bound)}: ${(bound / makespan).toFixed(3)}; ` +
      `GPUs busy ${(100 * cluster.used / GPUS / makespan).toFixed(1)} %; ` +
      `${cpu.toFixed(1)} s of this processor, ${(1000 * cpu / plan.steps.length).toFixed(2)} ms ` +
      `a step, ${(100 * cpu / makespan).toFixed(4)} % of the time`,
  );
}

const LONG = ["max_steps=200000", "params.outer_steps=200"];
const TWO = [
  "steps.meta.students.resources={ gpu: 2 }",
  "steps.meta.progress.resources={ gpu: 2 }",
];
tell("16 students of two GPUs", await simulate([...LONG, ...TWO], 16, LOST));
tell("the same, nothing lost", await simulate([...LONG, ...TWO], 16, 0));
const { plan, cpu, heap } = await simulate(
  ["max_steps=200000", "params.outer_steps=2600"],
  16,
  LOST,
);
console.log(
  `${plan.steps.length} steps: ${(1000 * cpu / plan.steps.length).toFixed(2)} ms each; MiB after ` +
    heap.map(([steps, mib]) => `${steps}: ${mib.toFixed(0)}`).join(", "),
);
