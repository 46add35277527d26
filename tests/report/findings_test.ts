/** What reports read of results that are not what their names say. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Store } from "../../src/core/mod.ts";
import { findingsOf } from "../../src/report/findings.ts";
import { evaluationOf } from "./views.ts";

/** The findings of results with these files, in their order. */
function found(...results: readonly Readonly<Record<string, string>>[]) {
  const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    const store = new Store(directory);
    const digests = results.map((files, i) => {
      const digest = String(i).repeat(64), at = store.directoryOf(digest);
      Deno.mkdirSync(at, { recursive: true });
      for (const [name, text] of Object.entries(files)) {
        Deno.writeTextFileSync(join(at, name), text);
      }
      return digest;
    });
    return findingsOf(store, ["b".repeat(64), ...digests]);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("a file of a user's with the name of a finding is none, whatever it says", () => {
  const evaluation = evaluationOf([1, 2]);
  const others: Readonly<Record<string, readonly unknown[]>> = {
    evaluation: [null, 3, [], {}, { accuracy: "lots" }, { ...evaluation, results: [null] }, {
      ...evaluation,
      interval: [0],
    }],
    rewards: [[1, 2], { rewards: [] }, { rewards: ["a"] }, { rewards: 3 }],
    promotion: [{}, { promoted: 1, average: 0 }, { promoted: true, average: null }],
    proposals: ["hm", [], { drawn: "8" }],
    report: [{ evaluations: 3, series: { a: 1 } }, {
      evaluations: [{}],
      series: [null, { name: 1 }],
    }],
  };
  for (const [kind, values] of Object.entries(others)) {
    for (const value of values) {
      const text = JSON.stringify(value);
      assert.deepEqual(found({ [`${kind}.json`]: text }), {}, `${kind}: ${text}`);
    }
  }
  assert.deepEqual(found({ "report.json": "{", "rewards.json": "" }), {});
  // Of two, the first; a later one where that is none.
  const [one, two] = [{ "proposals.json": '{"drawn":1}' }, { "proposals.json": '{"drawn":2}' }];
  assert.deepEqual(found(one, two), { proposals: { drawn: 1 } });
  assert.deepEqual(found({ "proposals.json": "{}" }, two), { proposals: { drawn: 2 } });
});

Deno.test("what is a finding is read, and of lists what is one", () => {
  const evaluation = evaluationOf([1, 2]), named = { name: "a", ...evaluation };
  const report = {
    evaluations: [named, { name: "b" }],
    series: [{ name: "c", evaluations: [evaluation, 1] }],
  };
  assert.deepEqual(
    found({
      "evaluation.json": JSON.stringify(evaluation),
      "rewards.json": '{"rewards":[1,0.5]}',
      "promotion.json": '{"promoted":false,"average":0.25,"other":1}',
      "proposals.json": '{"drawn":8}',
      "report.json": JSON.stringify(report),
    }),
    {
      evaluation,
      rewards: { rewards: [1, 0.5] },
      promotion: { promoted: false, average: 0.25 },
      proposals: { drawn: 8 },
      report: { evaluations: [named], series: [{ name: "c", evaluations: [evaluation] }] },
    },
  );
});
