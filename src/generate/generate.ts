/**
 * Batched decoding with the cache in place: prompts are read once however many samples are drawn of each,
 * rows of different lengths share a batch, and finished rows leave it.
 *
 * @module
 */
import { cachedHeadSize, type LlamaConfig, type Model, rotaryTables } from "../models/mod.ts";
import type { Tensor } from "../runtime/mod.ts";
import { KeyValueCache, rowsThatFit } from "./cache.ts";
import { decodeSession } from "./decode_session.ts";
import { prefill } from "./prefill.ts";
import { type ActiveRow, type ModelFeeds, StepTensors, type Uniform } from "./step_tensors.ts";
import { rulesOf, ruleTensors, type Truncation } from "./truncation.ts";

/** How to generate. */
export interface GenerateOptions {
  readonly prompts: readonly (readonly number[])[];
  /** Completions of each prompt. */
  readonly samples: number;
  readonly maxNewTokens: number;
  /** Generation of a row stops after any of these. */
  readonly endIds: ReadonlySet<number>;
  /** 0 is greedy. */
  readonly temperature: number;
  /** A uniform number in [0, 1) for (prompt, sample, position); not asked when greedy. */
  readonly uniform: Uniform;
  /** What is left out of a distribution before a token is drawn; nothing unless given. */
  readonly truncation?: Truncation;
  /** Whether a row ends with what was generated so far. */
  readonly isStopped?: (ids: readonly number[]) => boolean;
  /** Rows decoded together at most, if their caches fit. */
  readonly batch: number;
  readonly signal?: AbortSignal;
  /** Told how many completions have ended, when some have. */
  readonly onCompleted?: (completions: number) => void;
}

/**
 * One completion.
 *
 * @internal
 */
export interface Completion {
  /** Index of its prompt. */
  readonly promptIndex: number;
  readonly sample: number;
  /** Generated ids, the end id included. */
  readonly ids: readonly number[];
  /** Log-probability of each id at the sampling temperature (greedy: at temperature 1), whatever was left out. */
  readonly logps: readonly number[];
  /** Whether it ended by itself or was stopped, rather than cut off at `maxNewTokens`. */
  readonly finished: boolean;
}

/** Rows leave the batch once this share of it has finished: moving rows costs about one step. */
const COMPACT_AT = 0.25;

/**
 * Generates `samples` completions of each prompt, ordered by prompt and sample.
 *
 * @throws {RangeError} when a prompt is empty or leaves no room in the model's context
 * @throws {Error} when the model's scores are no numbers, with the row and the token
 */
export async function generate(
  model: Model,
  options: GenerateOptions,
): Promise<Completion[]> {
  const { prompts, samples } = options;
  const longest = Math.max(...prompts.map((prompt) => prompt.length));
  const capacity = capacityFor(model.config, longest, options.maxNewTokens);
  const batch = rowsThatFit(model.config, capacity, options.batch, model.sessions.device);
  const completions: Completion[] = [];
  const pairs = prompts.flatMap((_, promptIndex) =>
    Array.from({ length: samples }, (_, sample) => ({ promptIndex, sample }))
  );
  for (let start = 0; start < pairs.length; start += batch) {
    options.signal?.throwIfAborted();
    const onCompleted = (more: number) => options.onCompleted?.(start + more);
    const part = pairs.slice(start, start + batch);
    completions.push(...await decodeBatch(model, { ...options, onCompleted }, part));
  }
  return completions;
}

async function decodeBatch(
  model: Model,
  options: GenerateOptions,
  pairs: readonly { readonly promptIndex: number; readonly sample: number }[],
): Promise<Completion[]> {
  const { config, sessions: { device } } = model;
  const longest = Math.max(...pairs.map(({ promptIndex }) => options.prompts[promptIndex]!.length));
  const capacity = capacityFor(config, longest, options.maxNewTokens);
  const rows: ActiveRow[] = pairs.map(({ promptIndex, sample }) => {
    const ids = options.prompts[promptIndex]!;
    if (ids.length === 0) throw new RangeError(`Cannot generate: prompt ${promptIndex} is empty`);
    return {
      ...{ promptIndex, sample, ids: [], logps: [], stopped: false },
      ...{ length: ids.length - 1, last: ids.at(-1)! },
    };
  });
  using cache = new KeyValueCache(config, rows.length, capacity, device);
  const rotary = rotaryTables(config, capacity, cachedHeadSize(config));
  try {
    const feeds = { ...model.weights.bind(), ...model.adapters?.bind(), ...rotary };
    await prefill(model, feeds, options.prompts, rows, cache);
    const done = await decode(model, feeds, options, rows, cache);
    return done.toSorted((a, b) => a.promptIndex - b.promptIndex || a.sample - b.sample);
  } finally {
    for (const table of Object.values(rotary)) table.dispose();
  }
}

/** Tokens that a row has to have room for. */
function capacityFor(config: LlamaConfig, longest: number, newTokens: number): number {
  const context = config.max_position_embeddings, capacity = longest + newTokens;
  if (capacity <= context) return capacity;
  throw new RangeError(
    `Cannot generate ${newTokens} tokens after a prompt of ${longest}: ` +
      `the model's context is ${context}`,
  );
}

async function decode(
  model: Model,
  fixed: ModelFeeds,
  options: GenerateOptions,
  rows: ActiveRow[],
  cache: KeyValueCache,
): Promise<Completion[]> {
  const greedy = options.temperature === 0;
  const done: Completion[] = [];
  const { rules, numbers } = rulesOf(options.truncation);
  const choice = greedy ? "greedy" : rules;
  const scalars = greedy
    ? {}
    : ruleTensors({ ...numbers, inverse_temperature: 1 / options.temperature });
  let active = rows, step = new StepTensors(active.length);
  try {
    while (active.length > 0) {
      options.signal?.throwIfAborted();
      const longest = step.fill(active, greedy ? undefined : options.uniform);
      step.total.data[0] = longest + 1;
      const caches = cache.bind(active.length);
      const feeds: Record<string, Tensor> = {
        ...fixed,
        ...caches.feeds,
        ids: step.ids,
        lengths: step.lengths,
        total: step.total,
      };
      if (!greedy) Object.assign(feeds, { uniforms: step.uniforms, ...scalars });
      const fetches = {
        ...caches.fetches,
        next: step.ids,
        logps: step.logps,
        defects: step.defects,
      };
      await decodeSession(model, choice, active.length).runInto(feeds, fetches);

      const before = done.length;
      takeStep(active, step, options, done);
      if (done.length > before) options.onCompleted?.(done.length);
      const running = active.filter((row) => !isDone(row, options));
      if (running.length > active.length * (1 - COMPACT_AT)) continue;
      let slot = 0;
      active.forEach((row, from) => {
        // Rows that go on move to the front of the cache, in their order.
        if (!isDone(row, options)) cache.copyRow(from, slot++, row.length);
      });
      active = running;
      step[Symbol.dispose]();
      step = new StepTensors(active.length);
    }
  } finally {
    step[Symbol.dispose]();
    for (const scalar of Object.values(scalars)) scalar.dispose();
  }
  return done;
}

/** Appends the step's tokens to the rows that go on, and tells those that end with it. */
function takeStep(
  active: readonly ActiveRow[],
  step: StepTensors,
  options: GenerateOptions,
  done: Completion[],
): void {
  const ids = step.ids.data, logps = step.logps.data, defects = step.defects.data;
  active.forEach((row, r) => {
    if (isDone(row, options)) return;
    const logp = logps[r]!;
    if (!Number.isFinite(logp + defects[r]!)) {
      throw new Error(
        `Cannot generate token ${row.ids.length} of prompt ${row.promptIndex}, sample ${row.sample}: ` +
          "the model's scores are not finite; its weights are too large, or are no numbers",
      );
    }
    row.last = Number(ids[r]);
    row.length++;
    row.ids.push(row.last);
    row.logps.push(logp);
    row.stopped = options.endIds.has(row.last) || options.isStopped?.(row.ids) === true;
    if (!isDone(row, options)) return;
    const { promptIndex, sample, stopped: finished } = row;
    done.push({ promptIndex, sample, ids: row.ids, logps: row.logps, finished });
  });
}

function isDone(row: ActiveRow, options: GenerateOptions): boolean {
  return row.stopped || row.ids.length >= options.maxNewTokens;
}
