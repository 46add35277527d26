import assert from "node:assert/strict";
import { compareOutcomes, type StepOutcome } from "../../src/records/reproduction.ts";

const outcome = (step: string, key: string, a: string): StepOutcome => ({
  step,
  key,
  outputs: { a, list: ["1", "2"] },
});

Deno.test("two runs are compared step by step, in the order of the first", () => {
  const before = ["same", "rekeyed", "differs", "changed", "missing"]
    .map((step) => outcome(step, "k", "a"));
  const after = [
    outcome("changed", "other", "b"),
    outcome("added", "k", "a"),
    outcome("differs", "k", "b"),
    outcome("same", "k", "a"),
    outcome("rekeyed", "other", "a"),
  ];
  assert.deepEqual(compareOutcomes(before, after), [
    { step: "same", kind: "same" },
    { step: "rekeyed", kind: "rekeyed" },
    { step: "differs", kind: "differs", ports: ["a"] },
    { step: "changed", kind: "changed", ports: ["a"] },
    { step: "missing", kind: "missing" },
    { step: "added", kind: "added" },
  ]);
});
