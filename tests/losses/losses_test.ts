import assert from "node:assert/strict";
import { defaultsOf, type ObjectSchema } from "../../schemas/infer.ts";
import { bindLoss, defineLoss, type Loss } from "../../src/losses/loss.ts";
import { LOSSES } from "../../src/losses/mod.ts";
import { Random } from "../../src/random/random.ts";
import { type Tensor, tensor } from "../../src/runtime/mod.ts";
import { lossFeeds, type Row, toBatch } from "../../src/train/batch.ts";
import { lossGraph } from "../../src/train/loss_graph.ts";
import { groupsOf, microBatches } from "../../src/train/micro_batches.ts";
import { testSessions } from "../models.ts";
import golden from "../golden/losses.json" with { type: "json" };

const sessions = testSessions();
const CONTEXT = 100;

/** The loss of rows with these log-probabilities, by token; and its gradient. */
async function run(loss: Loss, rows: readonly Row[], logps: readonly number[], scale: number) {
  const batch = toBatch(rows, CONTEXT);
  using _ids = batch.ids;
  const feeds = {
    ...lossFeeds(batch, logps, loss.columns),
    scale: tensor("float32", [], [scale]),
  };
  const result = await sessions.get(["loss", loss.key], () => lossGraph(loss))
    .run(feeds, ["loss", "logps.gradient"]);
  using value = result.loss as Tensor<"float32">;
  using grid = result["logps.gradient"] as Tensor<"float32">;
  for (const feed of Object.values(feeds)) feed.dispose();
  return { value: value.data[0]!, gradient: batch.places.map((place) => grid.data[place]!) };
}

function rowsOf(lengths: readonly number[]): Row[] {
  return lengths.map((length, r) => ({
    ids: Array(length + 1).fill(0),
    promptLength: 1,
    columns: {
      advantages: golden.advantages[r]!,
      old_logps: golden.old_logps[r]!.slice(0, length),
      ref_logps: golden.ref_logps[r]!.slice(0, length),
    },
  }));
}

for (const { loss: name, settings, masked, value, gradient } of golden.cases) {
  const what = `${JSON.stringify(settings)}${masked.length > 0 ? ` masked ${masked}` : ""}`;
  Deno.test(`loss ${name} equals TRL's, whole and in parts: ${what}`, async () => {
    const { lengths, max_completion_length: maxCompletionLength } = golden;
    const definition = LOSSES[name]!;
    const loss = bindLoss(definition, { ...defaultsOf(definition.config), ...settings });
    const all = rowsOf(lengths), counted = all.map((_, r) => !(masked as number[]).includes(r));
    const scale = 1 / loss.denominator({
      lengths: lengths.map((length, r) => counted[r] ? length : 0),
      maxCompletionLength,
    });
    // TRL's RLOO counts -A of a masked row, which has no gradient.
    const constant = name !== "rloo" ? 0 : golden.advantages
      .reduce((sum, advantage, r) => sum + (counted[r] ? 0 : advantage), 0) / lengths.length;
    for (const size of [6, 2, 1]) {
      // In another order than that of lengths or rows.
      const order = [4, 0, 5, 2, 1, 3].filter((r) => counted[r]);
      let total = 0;
      for (let start = 0; start < order.length; start += size) {
        const part = order.slice(start, start + size);
        const logps = part.flatMap((r) => golden.logps[r]!.slice(0, lengths[r]));
        const result = await run(loss, part.map((r) => all[r]!), logps, scale);
        total += result.value;
        const expected = part.flatMap((r) => gradient[r]!.slice(0, lengths[r]));
        result.gradient.forEach((g, i) =>
          assert.ok(Math.abs(g - expected[i]!) < 2e-6, `[${i}] is ${g}, not ${expected[i]}`)
        );
      }
      assert.ok(Math.abs(total - (value + constant)) < 3e-6, `${total} in parts of ${size}`);
    }
    assert.ok(gradient.flat().some((g) => g !== 0));
  });
}

Deno.test("every loss but cross_entropy is compared with TRL's", () => {
  const compared = new Set(golden.cases.map(({ loss }) => loss));
  const missing = Object.keys(LOSSES).filter((name) => !compared.has(name));
  assert.deepEqual(missing, ["cross_entropy"]); // tests/train/supervised_test.ts
});

Deno.test("every file of src/losses is a row of LOSSES, under its name", () => {
  const files = [...Deno.readDirSync(new URL("../../src/losses", import.meta.url))]
    .map(({ name }) => name.replace(".ts", ""))
    .filter((name) => !["mod", "loss", "clipping"].includes(name)).sort();
  assert.deepEqual(Object.keys(LOSSES).sort(), files);
  for (const [name, loss] of Object.entries(LOSSES)) assert.equal(loss.name, name);
});

Deno.test("dr_grpo says what to write where nobody says how long completions could be", () => {
  const settings = defaultsOf(LOSSES.dr_grpo!.config);
  const loss = bindLoss(LOSSES.dr_grpo!, settings);
  assert.throws(() => loss.denominator({ lengths: [1, 2] }), {
    name: "RangeError",
    message: /write loss: \{ uses: dr_grpo, max_completion_length: 80 \}/,
  });
  assert.equal(loss.denominator({ lengths: [1, 0], maxCompletionLength: 9 }), 18);
  const own = bindLoss(LOSSES.dr_grpo!, { ...settings, max_completion_length: 5 });
  assert.equal(own.denominator({ lengths: [1, 0], maxCompletionLength: 9 }), 10);
});

const NONE = {
  type: "object",
  properties: {},
  additionalProperties: false,
} as const satisfies ObjectSchema;

/** DPO (Rafailov et al. 2023, arXiv 2305.18290): rows are pairs, the chosen one first. */
const pairs = defineLoss({
  name: "pairs",
  summary: "-log σ(0.1 (Σ (logp - ref) of the chosen - of the rejected))",
  config: NONE,
  columns: () => ({ ref_logps: "token" }),
  unit: () => "sequence",
  together: 2,
  denominator: ({ lengths }) => lengths.length / 2,
  graph({ graph, logps, mask, column }) {
    const { op } = graph;
    const apart = op.Mul(op.Sub(logps, column("ref_logps")), mask);
    const sums = graph.reshape(op.ReduceSum(apart, graph.ints([1])), ["groups", 2]);
    const sign = graph.constant("float32", [1, 2], [0.1, -0.1]);
    const margin = op.ReduceSum(op.Mul(sums, sign), graph.ints([1]));
    return op.Neg(op.ReduceSum(op.Log(op.Sigmoid(margin)), graph.ints([0, 1]), { keepdims: 0 }));
  },
});

Deno.test("rows that have to be together stay so in micro-batches, whatever their lengths", async () => {
  const random = new Random("pairs"), lengths = Array.from({ length: 12 }, () => 1 + random.int(9));
  const rows = lengths.map((length): Row => ({
    ids: Array(length + 1).fill(0),
    promptLength: 1,
    columns: { ref_logps: Array.from({ length }, () => -random.next()) },
  }));
  const logps = new Map(rows.map((row, r) => [
    row,
    Array.from({ length: lengths[r]! }, () => -random.next()),
  ]));
  const loss = bindLoss(pairs, {});
  const flat = (part: readonly Row[]) => part.flatMap((row) => logps.get(row)!);
  const expected = await run(loss, rows, flat(rows), 1 / 6);
  const byRow = new Map<Row, number[]>();
  for (const most of [1, 2, 5]) {
    let total = 0;
    for (const part of microBatches(rows, most, () => 0, loss.together)) {
      assert.ok(part.length <= Math.max(2, most));
      for (const [a, b] of groupsOf(part, 2)) {
        assert.equal(rows.indexOf(b!), rows.indexOf(a!) + 1);
        assert.equal(rows.indexOf(a!) % 2, 0);
      }
      const result = await run(loss, part, flat(part), 1 / 6);
      total += result.value;
      let at = 0;
      for (const row of part) {
        byRow.set(row, result.gradient.slice(at, at += row.ids.length - 1));
      }
    }
    assert.ok(Math.abs(total - expected.value) < 1e-6);
    rows.flatMap((row) => byRow.get(row)!).forEach((g, i) =>
      assert.ok(Math.abs(g - expected.gradient[i]!) < 1e-6)
    );
  }
  assert.throws(
    () => microBatches(rows.slice(1), 4, () => 0, 2),
    /11 rows: the loss takes 2 together/,
  );
});

for (
  const [members, message] of [
    [{ unit: () => "word" }, /its unit is "word", not sequence or token/],
    [{ columns: () => ({ advantages: "batch" }) }, /its column advantages is "batch", not row or/],
    [{ columns: () => undefined }, /its columns are no map/],
    [{ columns: () => Promise.resolve({ advantages: "row" }) }, /its columns are no map/],
  ] as const
) {
  Deno.test(`a loss of a module is not used when ${message.source}`, () => {
    const loss = { ...LOSSES.rloo!, name: "mine", ...members } as typeof LOSSES.rloo;
    const settings = { epsilon: 0.2 };
    assert.throws(
      () => bindLoss(loss!, settings),
      (error) =>
        error instanceof TypeError && /^Cannot use loss mine: /.test(error.message) &&
        message.test(error.message),
    );
  });
}
