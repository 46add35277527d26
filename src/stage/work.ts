/**
 * What the steps of a plan will do, counted before they do it: completions drawn, rows trained on, weights kept. It stands
 * apart from the stages, whose results it does not touch.
 *
 * @module
 */
import { countRows } from "../data/preview.ts";
import { adapterShapes, type LlamaConfig, parameterShapes, type Shapes } from "../models/mod.ts";
import { drawingFlops, type Extent, scoringFlops, trainingFlops } from "../rl/mod.ts";
import { MAX_COMPLETION_LENGTH } from "../rl/sampling.ts";
import { mostOf } from "./shares.ts";
import { isCompared, trainedModel } from "./footprint.ts";

/** What a step does at most: completions are taken to be as long as they may be. */
export interface Work {
  /** Completions drawn. */
  readonly rollouts: number;
  /** Their tokens. */
  readonly tokens: number;
  /** Floating-point operations. */
  readonly flops: number;
  /** Bytes of weights and optimizer state that are kept in the store. */
  readonly bytes: number;
}

/** Work on several steps. */
export function addWork(all: readonly Work[]): Work {
  const sum = (of: (work: Work) => number) => all.reduce((total, work) => total + of(work), 0);
  return {
    rollouts: sum(({ rollouts }) => rollouts),
    tokens: sum(({ tokens }) => tokens),
    flops: sum(({ flops }) => flops),
    bytes: sum(({ bytes }) => bytes),
  };
}

/** Problems by port; those of a list's items together. */
export type Counts = Readonly<Record<string, number | undefined>>;

// deno-lint-ignore no-explicit-any -- each stage's own configuration, checked before by its schema
type Config = any;

/** What is known of a step. */
interface Known {
  readonly config: Config;
  /** The policy that it works on. */
  readonly model: LlamaConfig;
  /** Problems that reach it. */
  readonly problems: Counts;
  readonly promptTokens: number;
}

/** How many problems a stage's outputs hold; of a list, each of its items. */
const PROBLEMS: Readonly<Record<string, (config: Config, given: Counts) => Counts>> = {
  draw_problems: ({ count }, { problems }) => ({ problems: Math.min(count, problems ?? count) }),
  load_problems: (
    { limit, expect, path, paths = path === undefined ? [] : [path], ...config },
  ) => ({
    problems: expect ?? rowsOf(paths, config, limit),
  }),
  make_problems: ({ count }) => ({ problems: count }),
  merge_problems: (_, { first, second }) => ({
    problems: first === undefined || second === undefined ? undefined : first + second,
  }),
  sample_problems: ({ size }) => ({ datasets: size }),
  select_hard: ({ train, test }, { problems }) => ({
    train: mostOf(train, problems),
    test: mostOf(test, problems),
  }),
  split_problems: ({ train, validation, test }, { problems }) => ({
    train: train === undefined ? problems : mostOf(train, problems),
    validation: validation === undefined ? undefined : mostOf(validation, problems),
    test: mostOf(test, problems),
  }),
};

/** Rows of files, at most; they are counted where that is little work. */
function rowsOf(paths: readonly string[], config: Config, limit?: number): number | undefined {
  const counts = paths.map((path) => countRows(path, config));
  if (counts.length === 0 || counts.includes(undefined)) return limit;
  return Math.min(limit ?? Infinity, counts.reduce<number>((sum, count) => sum + count!, 0));
}

const NOTHING: Work = { rollouts: 0, tokens: 0, flops: 0, bytes: 0 };

/** Work by stage; where it depends on a number of problems that nothing tells, undefined. */
const WORK: Readonly<Record<string, (known: Known) => Work | undefined>> = {
  load_policy: ({ model }) => ({ ...NOTHING, bytes: storedBytes(model) }),
  download_policy: ({ model }) => ({ ...NOTHING, bytes: storedBytes(model) }),
  evaluate: (known) => drawing(known, known.problems.problems),
  select_hard: (known) => drawing(known, known.problems.problems),
  reward_learnability: (known) => drawing(known, known.problems.datasets),
  // One prompt for all.
  sample_problems(known) {
    const { datasets, size } = known.config, samples = datasets * size;
    return drawing({ ...known, config: { ...known.config, samples } }, 1);
  },
  train_student(known) {
    const { config } = known, { steps, batch, num_generations: samples } = config;
    const drawn = drawing({ ...known, config: { ...config, samples } }, steps * batch)!;
    const { flops, bytes } = training(known, drawn.rollouts);
    const kept = config.checkpoint_every > 0 ? Math.floor(steps / config.checkpoint_every) : 0;
    return { ...drawn, flops: drawn.flops + flops, bytes: bytes + kept * trainedBytes(known) };
  },
  train_supervised(known) {
    const { problems: asked, datasets } = known.problems, problems = asked ?? datasets;
    const { num_train_epochs: epochs, steps, batch } = known.config;
    if (steps !== undefined) return training(known, steps * batch);
    return problems === undefined ? undefined : training(known, problems * epochs);
  },
  update_teacher: (known) =>
    known.problems.datasets === undefined ? undefined : training(known, known.problems.datasets),
};

/** Of a step whose stage nothing is known of, nothing is told. */
export function workOf(stage: string, known: Known): Work | undefined {
  return WORK[stage]?.(known);
}

/** How many problems its outputs hold. */
export function problemsOf(stage: string, config: Config, given: Counts): Counts {
  return PROBLEMS[stage]?.(config, given) ?? {};
}

function extentOf({ config, model, promptTokens }: Known): Extent {
  const room = Math.max(1, model.max_position_embeddings - promptTokens);
  const longest = config.max_completion_length ?? MAX_COMPLETION_LENGTH.default;
  return { promptTokens, completionTokens: Math.min(longest, room) };
}

function drawing(known: Known, prompts: number | undefined): Work | undefined {
  if (prompts === undefined) return undefined;
  const { samples } = known.config, extent = extentOf(known), rollouts = prompts * samples;
  return {
    rollouts,
    tokens: rollouts * extent.completionTokens,
    flops: prompts * drawingFlops(known.model, extent, samples),
    bytes: 0,
  };
}

/** Of gradients on rows, as often as these are gone through, and of the weights that come out. */
function training(known: Known, rows: number): Work {
  const { config } = known, extent = extentOf(known);
  const model = trainedModel(config, known.model);
  const { num_iterations = 1, gradient_checkpointing } = config;
  const row = num_iterations * trainingFlops(model, extent, gradient_checkpointing) +
    (isCompared(config) ? scoringFlops(model, extent) : 0);
  const moments = config.keep_optimizer === true ? 2 : 0;
  return { ...NOTHING, flops: rows * row, bytes: (1 + moments) * trainedBytes(known) };
}

/** Bytes that training changes; what it leaves as it is lies in the store already. */
function trainedBytes({ config, model: base }: Known): number {
  const model = trainedModel(config, base);
  return bytesOf(model.adapter === undefined ? parameterShapes(model) : adapterShapes(model));
}

function storedBytes(model: LlamaConfig): number {
  return bytesOf(parameterShapes(model)) + bytesOf(adapterShapes(model));
}

/** Of float32, as policies are written whatever they are held in. */
function bytesOf(shapes: Shapes): number {
  return 4 * [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b), 0);
}
