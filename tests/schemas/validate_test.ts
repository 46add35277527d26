import assert from "node:assert/strict";
import { loadCompiler, validate } from "../../schemas/validate.ts";
import { STAGES } from "../../stages/mod.ts";

const unknown = { type: "object", properties: { a: { type: "integer", default: 1 } } };

Deno.test("validate() knows the schemas that ship, and others once ajv is loaded", async () => {
  for (const { config } of Object.values(STAGES)) validate(config, {});
  assert.throws(() => validate(unknown, {}), /deno task schema/);
  await loadCompiler();
  const value: Record<string, unknown> = {};
  assert.deepEqual(validate(unknown, value), []);
  assert.deepEqual(value, { a: 1 });
  const wrong = { type: "object", properties: { a: { typ: "integer" } } };
  assert.throws(() => validate(wrong, {}), /unknown keyword: "typ"/);
});

Deno.test("validate() holds integers to those that a double tells apart, prepared or not", async () => {
  await loadCompiler();
  const { config } = STAGES.make_problems!;
  const others = [[unknown, "a", {}], [config, "count", { task: "listprog" }]] as const;
  for (const [schema, key, needed] of others) {
    assert.deepEqual(validate(schema, { ...needed, [key]: Number.MAX_SAFE_INTEGER }), []);
    assert.match(
      validate(schema, { ...needed, [key]: 2 ** 53 })[0]!.message,
      /must be <= 9007199254740991/,
    );
  }
  assert.match(validate(unknown, { a: -(2 ** 53) })[0]!.message, /must be >= -9007199254740991/);
});

Deno.test("validate() tells where, what, and what would be right", () => {
  const { config } = STAGES.train_student!;
  const adapter = { target_modules: ["q_proj"], rnk: 1 };
  const value = { task: "listprog", steps: 0, batch: "two", estimator: "rlo", rewrd: 1, adapter };
  const problems = validate(config, value).toSorted((a, b) => `${a.path}` < `${b.path}` ? -1 : 1);
  assert.deepEqual(
    problems.map(({ path, message, unknownKey }) => [path.join("."), message, unknownKey]),
    [
      ["adapter.rnk", "unknown key", "rnk"],
      ["batch", 'expected integer, got string "two"', undefined],
      ["estimator", '"rlo" is none of rloo, rloo_normalized, grpo, dr_grpo', undefined],
      ["rewrd", "unknown key", "rewrd"],
      ["steps", "0 must be >= 1", undefined],
    ],
  );
  assert.deepEqual(problems[2]!.allowed, ["rloo", "rloo_normalized", "grpo", "dr_grpo"]);
  assert.ok(problems[3]!.allowed!.includes("rewards"));
  const long = validate(config, { task: "listprog", steps: "x".repeat(10_000) })[0]!.message;
  assert.ok(long.length < 150, "a value is shown in part");
});
