import { tensor } from "../runtime/mod.ts";
import type { KeyValueCache } from "./cache.ts";
import type { Model } from "../models/mod.ts";
import { layoutOf, prefillGraph } from "./decoding_graphs.ts";
import type { ActiveRow, ModelFeeds } from "./step_tensors.ts";

/** Tokens read in one run: enough for products at full speed, and few enough to take little memory. */
const TOKENS = 512;

/**
 * Reads each prompt but its last token once, into the first rows of the cache, and copies these to the rows of their
 * prompts. Rows are in the order of prompts, so that from the last to the first no copy overwrites what is still read.
 */
export async function prefill(
  model: Model,
  feeds: ModelFeeds,
  prompts: readonly (readonly number[])[],
  rows: readonly ActiveRow[],
  cache: KeyValueCache,
): Promise<void> {
  const width = Math.max(...rows.map((row) => row.length));
  if (width === 0) return;
  const unique = [...new Set(rows.map((row) => row.promptIndex))];
  const group = Math.max(1, Math.floor(TOKENS / width));
  for (let first = 0; first < unique.length; first += group) {
    const read = unique.slice(first, first + group).map((prompt) => prompts[prompt]!.slice(0, -1));
    await readPrompts(model, feeds, read, width, cache, first);
  }
  const slots = new Map(unique.map((prompt, slot) => [prompt, slot]));
  for (let r = rows.length - 1; r >= 0; r--) {
    cache.copyRow(slots.get(rows[r]!.promptIndex)!, r, rows[r]!.length);
  }
}

async function readPrompts(
  model: Model,
  fixed: ModelFeeds,
  prompts: readonly (readonly number[])[],
  width: number,
  cache: KeyValueCache,
  first: number,
): Promise<void> {
  const padded = new BigInt64Array(prompts.length * width);
  prompts.forEach((prompt, r) => prompt.forEach((id, t) => padded[r * width + t] = BigInt(id)));
  using ids = tensor("int64", [prompts.length, width], padded);
  // A prompt of one token has nothing to read: it takes a pad, which its first step overwrites.
  const last = prompts.map((prompt) => Math.max(prompt.length, 1) - 1);
  using lengths = tensor("int32", [prompts.length], last);
  using total = tensor("int32", [1], [width]);
  const { feeds, fetches } = cache.bind(prompts.length, first);
  const { config, sessions } = model, layout = layoutOf(model, prompts.length * width);
  await sessions.get(
    ["prefill", config, layout],
    () => prefillGraph(config, sessions.device, layout),
  )
    .runInto({ ids, lengths, total, ...fixed, ...feeds }, fetches);
}
