/** The optimizer's state between runs of stages: a file of moments and one of counts. @module */
import { join } from "node:path";
import { filled, fillWeights, openFile, readSafetensors, Weights } from "../models/mod.ts";
import { type AdamState, ADAMW, type Trainable, trainedOf } from "../train/mod.ts";
import { readJson, writeJson, writeTensors } from "../policy/json_files.ts";

const FILES = { counts: "optimizer.json", moments: "optimizer.safetensors" } as const;

/** What an optimizer goes on from. */
export interface OptimizerState extends AdamState {
  /** Steps of the learning rate's schedule so far, those without a gradient included. */
  readonly position: number;
}

/**
 * Writes a state: `optimizer.json`, and `optimizer.safetensors` with `m.NAME` and `v.NAME` for each weight, the sums
 * Σ β1^i g and Σ β2^i g² as they are held, so that a run that goes on ends in the same bytes as one that never stopped.
 */
export function saveOptimizer({ steps, position, m, v }: OptimizerState, directory: string): void {
  writeJson(join(directory, FILES.counts), { kind: "adamw", betas: ADAMW.betas, steps, position });
  const named = (prefix: string, { tensors }: Weights) =>
    [...tensors].map(([name, t]) => [`${prefix}.${name}`, t] as const);
  writeTensors(new Map([...named("m", m), ...named("v", v)]), join(directory, FILES.moments));
}

/**
 * Reads the state of an optimizer of the policy's trained weights: its adapters, or all.
 *
 * @throws {Error} when nothing was kept, or the state is of other weights or another optimizer
 */
export function loadOptimizer(
  policy: Trainable,
  directory: string,
): OptimizerState {
  const fail = (problem: string) =>
    new Error(`Cannot go on with the optimizer in ${directory}: ${problem}`);
  if ([...Deno.readDirSync(directory)].every(({ name }) => name !== FILES.counts)) {
    throw fail("it is empty; set keep_optimizer: true on the step that it comes from");
  }
  const { betas, steps, position } = readJson(join(directory, FILES.counts));
  if (String(betas) !== String(ADAMW.betas)) {
    throw fail(`its betas are ${betas}; those of training are ${ADAMW.betas}`);
  }
  if (!isCount(steps) || !isCount(position)) {
    throw fail(`steps is ${steps}, position ${position}; both are whole numbers from 0 on`);
  }
  const { shapes } = trainedOf(policy);
  using source = openFile(join(directory, FILES.moments));
  const file = readSafetensors(source);
  const known = new Set([...shapes.keys()].flatMap((name) => [`m.${name}`, `v.${name}`]));
  const other = [...file.tensors.keys()].find((name) => !known.has(name)) ??
    [...known].find((name) => !file.tensors.has(name));
  if (other !== undefined) {
    throw fail(
      `it is of other weights than are trained (${other}); ` +
        "connect the one of the step that the policy comes from, and train the same adapters",
    );
  }
  for (const [name, shape] of shapes) {
    for (const moment of [`m.${name}`, `v.${name}`]) {
      const stored = file.tensors.get(moment)!.shape;
      if (stored.join() === shape.join()) continue;
      throw fail(`${moment} is [${stored}], the trained weight is [${shape}]`);
    }
  }
  const moments = (prefix: string) => {
    const names = [...shapes.keys()];
    const places = new Map(names.map((name) => [name, { file, name: `${prefix}.${name}` }]));
    return filled(new Weights(shapes), (weights) => fillWeights(weights, places));
  };
  using stack = new DisposableStack();
  const m = stack.use(moments("m"));
  const v = moments("v");
  stack.move();
  return { steps, position, m, v };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
