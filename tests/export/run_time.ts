/** An ONNX model run as other programs run it: padding on the left, a mask, what was seen before fed back. @module */
import type { LlamaConfig } from "../../src/models/mod.ts";
import { Session, type Tensor, tensor, type Tensors, zeros } from "../../src/runtime/mod.ts";

/** What a model answers. */
export interface Answer {
  /** The best tokens, one after the other, by prompt. */
  readonly ids: number[][];
  /** Scores of the prompts' tokens, by prompt; those of padding are left out. */
  readonly logits: number[][];
}

/**
 * Reads prompts of several lengths in one batch, and goes on with the best token.
 *
 * @param pieces how many runs the prompts are read in
 */
export async function runGreedily(
  path: string,
  config: LlamaConfig,
  prompts: readonly (readonly number[])[],
  count: number,
  pieces = 1,
): Promise<Answer> {
  using session = new Session(Deno.readFileSync(path), { name: path });
  const width = Math.max(...prompts.map(({ length }) => length)), rows = prompts.length;
  const pads = prompts.map(({ length }) => width - length);
  const padded = prompts.map((ids, r) => [...Array<number>(pads[r]!).fill(0), ...ids]);
  const ids: number[][] = prompts.map(() => []), logits: number[][] = prompts.map(() => []);
  let past: Tensors = Object.fromEntries(
    session.inputs.filter((name) => name.startsWith("past_key_values.")).map((name) =>
      [name, zeros("float32", [rows, config.num_key_value_heads, 0, config.head_dim])] as const
    ),
  );
  let seen = 0;
  const step = async (tokens: readonly (readonly number[])[]) => {
    const length = tokens[0]!.length, total = seen + length;
    const range = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => from + i);
    using input_ids = tensor("int64", [rows, length], tokens.flat());
    using attention_mask = tensor(
      "int64",
      [rows, total],
      pads.flatMap((pad) => range(0, total).map((t) => t < pad ? 0 : 1)),
    );
    using position_ids = tensor(
      "int64",
      [rows, length],
      pads.flatMap((pad) => range(seen, total).map((t) => Math.max(0, t - pad))),
    );
    const feeds = { input_ids, attention_mask, position_ids, ...past };
    const { logits, ...present } = await session.run(feeds, session.outputs);
    for (const one of Object.values(past)) one.dispose();
    past = Object.fromEntries(
      Object.entries(present).map((
        [name, one],
      ) => [name.replace("present", "past_key_values"), one]),
    );
    seen = total;
    using scores = logits as Tensor<"float32">;
    const size = scores.dims[2]!, all = Array.from(scores.data);
    return range(0, rows).map((r) =>
      range(0, length).map((t) => all.slice((r * length + t) * size, (r * length + t + 1) * size))
    );
  };
  const piece = Math.ceil(width / pieces);
  let last: number[][][] = [];
  for (let from = 0; from < width; from += piece) {
    last = await step(padded.map((row) => row.slice(from, from + piece)));
    last.forEach((scores, r) =>
      scores.forEach((one, t) => from + t >= pads[r]! && logits[r]!.push(...one))
    );
  }
  for (let n = 0; n < count; n++) {
    const best = last.map((scores) => scores.at(-1)!).map((one) => one.indexOf(Math.max(...one)));
    best.forEach((id, r) => ids[r]!.push(id));
    if (n < count - 1) last = await step(best.map((id) => [id]));
  }
  for (const one of Object.values(past)) one.dispose();
  return { ids, logits };
}
