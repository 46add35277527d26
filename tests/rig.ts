/** A temporary project with small stages whose runs are counted. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { defineStage } from "../src/stage/define_stage.ts";
import { PAINT, RigLibrary } from "./rig_library.ts";
import {
  applyOverrides,
  type Artifact,
  Document,
  type Event,
  makePlan,
  type Output,
  type Plan,
  type Planning,
  type RunOptions,
  runPlan,
  type RunResult,
  type Stage,
  Store,
} from "../src/core/mod.ts";
import { loadCompiler } from "../schemas/validate.ts";
import type { Services } from "../stages/mod.ts";

await loadCompiler(); // for the schemas of the stages here

const NOTHING = { type: "object", properties: {}, additionalProperties: false } as const;

function read(artifact: Artifact): number {
  return Number(Deno.readTextFileSync(join(artifact.directory, "number.txt")));
}

function write(output: Output, value: number): void {
  Deno.writeTextFileSync(join(output.directory, "number.txt"), String(value));
}

/** Stages on numbers. */
export const TEST_STAGES = {
  number: defineStage({
    name: "number",
    version: 1,
    summary: "A number.",
    config: {
      type: "object",
      properties: {
        value: { type: "integer" },
        mode: { enum: ["plain", "double"], default: "plain" },
      },
      required: ["value"],
      additionalProperties: false,
    },
    inputs: {},
    outputs: { number: "number" },
    run({ config, outputs }) {
      write(outputs.number, config.mode === "double" ? 2 * config.value : config.value);
    },
  }),
  add: defineStage({
    name: "add",
    version: 1,
    summary: "The sum of numbers.",
    config: NOTHING,
    inputs: { numbers: "number[]", extra: "number?" },
    outputs: { sum: "number" },
    run({ inputs, outputs }) {
      const extra = inputs.extra === undefined ? 0 : read(inputs.extra);
      const sum = inputs.numbers.reduce((total, artifact) => total + read(artifact), extra);
      write(outputs.sum, sum);
      return { sum };
    },
  }),
  increment: defineStage({
    name: "increment",
    version: 1,
    summary: "One more.",
    config: NOTHING,
    inputs: { number: "number" },
    outputs: { number: "number" },
    run({ inputs, outputs }) {
      write(outputs.number, read(inputs.number) + 1);
    },
  }),
  spread: defineStage({
    name: "spread",
    version: 1,
    summary: "The numbers below a number.",
    config: NOTHING,
    inputs: { number: "number" },
    outputs: { numbers: "number[]", word: "word" },
    run({ inputs, outputs }) {
      const count = read(inputs.number);
      for (let i = 0; i < count; i++) {
        Deno.writeTextFileSync(join(outputs.numbers.item(i), "number.txt"), String(i));
      }
      Deno.writeTextFileSync(join(outputs.word.directory, "word.txt"), "spread");
    },
  }),
  fail: defineStage({
    name: "fail",
    version: 1,
    summary: "Fails.",
    config: NOTHING,
    inputs: { number: "number" },
    outputs: { number: "number" },
    run() {
      throw new Error("it fails, as it should");
    },
  }),
  file: defineStage({
    name: "file",
    version: 1,
    summary: "The length of a file.",
    config: {
      type: "object",
      properties: { path: { type: "string", format: "path" } },
      required: ["path"],
      additionalProperties: false,
    },
    inputs: {},
    outputs: { number: "number" },
    run({ config, outputs }) {
      write(outputs.number, Deno.readTextFileSync(config.path).length);
    },
  }),
  paint: PAINT,
};

const SIZED = {
  type: "object",
  properties: {
    mib: { type: "integer", default: 2 },
    seed: { type: "integer", default: 1 },
  },
  additionalProperties: false,
} as const;

/** Stages on weights, large files that pass from artifact to artifact. */
export const BLOB_STAGES = {
  weights: defineStage({
    name: "weights",
    version: 1,
    summary: "A model, with its weights in a folder.",
    config: SIZED,
    inputs: {},
    outputs: { model: "model" },
    run({ config: { mib, seed }, outputs: { model: { directory } } }) {
      Deno.mkdirSync(join(directory, "parts"));
      const bytes = new Uint8Array(mib << 20);
      for (let i = 0; i < bytes.length; i++) bytes[i] = (i * (seed + 6) + (i >> 8)) & 255;
      Deno.writeFileSync(join(directory, "parts", "weights.bin"), bytes);
      Deno.writeTextFileSync(join(directory, "config.json"), `{"mib":${mib}}`);
    },
  }),
  adapt: defineStage({
    name: "adapt",
    version: 1,
    summary: "The same weights with something small beside them.",
    config: SIZED,
    inputs: { model: "model" },
    outputs: { model: "model" },
    run({ config: { seed }, inputs: { model }, outputs }) {
      const parts = join(outputs.model.directory, "parts");
      Deno.mkdirSync(parts);
      const weights = join(model.directory, "parts", "weights.bin");
      outputs.model.place(weights, join(parts, "weights.bin"));
      Deno.writeTextFileSync(join(outputs.model.directory, "adapter.json"), `{"seed":${seed}}`);
      return { first: Deno.readFileSync(join(parts, "weights.bin"))[1]! };
    },
  }),
};

/** A temporary project. */
export class Rig implements Disposable {
  readonly directory: string = Deno.makeTempDirSync({ prefix: "soar-test-" });
  /** What pipelines can name. */
  readonly library: RigLibrary = new RigLibrary(TEST_STAGES);
  /** Stages as the plan sees them; a test may replace one. */
  readonly stages: Record<string, Stage<Services>> = this.library.stages;
  /** Digest of the code of a stage, by its name, or of another definition, by `kind/name`; a test may change it. */
  readonly code = new Map<string, string>();
  readonly events: Event[] = [];
  /** Seconds that the last run would have waited before it tried steps again; a test does not. */
  readonly pauses: number[] = [];

  /** The store, opened anew. */
  get store(): Store {
    return new Store(join(this.directory, "store"));
  }

  /** Writes a file of the project. @returns its path */
  write(name: string, text: string): string {
    const path = join(this.directory, name);
    Deno.writeTextFileSync(path, text);
    return path;
  }

  /** Checks a pipeline's text, which may name modules that are not loaded. */
  planning(text: string, overrides: readonly string[] = []): Planning<Services> {
    const document = Document.parse("test.yaml", text);
    const problems = applyOverrides(document, overrides);
    if (problems.length > 0) throw new TypeError(problems.map(({ message }) => message).join());
    return makePlan(document, this.library, this.directory);
  }

  /** Checks a pipeline's text. */
  plan(text: string, overrides: readonly string[] = []): Plan<Services> {
    const planning = this.planning(text, overrides);
    assert.equal(planning.kind, "plan");
    return (planning as Extract<typeof planning, { kind: "plan" }>).plan;
  }

  /** Runs a pipeline's text; the events of this run are in {@linkcode Rig.events}. */
  async run(
    text: string,
    overrides: readonly string[] = [],
    signal?: AbortSignal,
    options: Partial<RunOptions<Services>> = {},
  ): Promise<RunResult> {
    return await this.runPlan(
      this.plan(text, overrides),
      signal === undefined ? options : { signal, ...options },
    );
  }

  /** Runs a plan; the events of this run are in {@linkcode Rig.events}. */
  async runPlan(
    plan: Plan<Services>,
    options: Partial<RunOptions<Services>> = {},
  ): Promise<RunResult> {
    this.events.length = 0;
    this.pauses.length = 0;
    return await runPlan(plan, {
      store: this.store,
      services: () => Promise.resolve(undefined as unknown as Services), // the stages above need none
      code: (url) => this.code.get(url) ?? "code",
      listen: (event) => this.events.push(event),
      signal: new AbortController().signal,
      wait: (milliseconds) => {
        this.pauses.push(milliseconds / 1000);
        // Looks at what another process makes keep their distance; nobody waits for attempts.
        return new Promise((end) => setTimeout(end, milliseconds < 1000 ? milliseconds : 0));
      },
      ...options,
    });
  }

  /** Ids of the steps that ran, not taken from the store, in the last run. */
  get ran(): string[] {
    return this.events.flatMap((event) =>
      event.kind === "step-finished" && !event.cached ? [event.step] : []
    );
  }

  /** The number that a step made in a run. */
  number(result: RunResult, step: string, port = "number"): number {
    return read(this.store.artifact(result.actions.get(step)!.outputs[port] as string));
  }

  /** Removes the project. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}
