/** What a sweep goes through, and the table that it ends in. @module */
import assert from "node:assert/strict";
import { axesOfMap, membersOf, parseAxes } from "../../src/records/sweep_axes.ts";
import { type Spread, sweepTable } from "../../src/records/sweep_table.ts";
import { spread } from "../../src/cli/sweep_command.ts";

Deno.test("values are cut at commas that are no value's own; a range leaves its end out", () => {
  const values = (text: string) => parseAxes([`a.b=${text}`])[0]!.values;
  assert.deepEqual(values("1,2, 3"), ["1", "2", "3"]);
  assert.deepEqual(values("1..6"), ["1", "2", "3", "4", "5"]);
  assert.deepEqual(values("0,5..7"), ["0", "5", "6"]);
  assert.deepEqual(values("[1,2],{a: 1, b: [2,3]}"), ["[1,2]", "{a: 1, b: [2,3]}"]);
  assert.deepEqual(values('"a,b",c'), ['"a,b"', "c"]);
  assert.deepEqual(values("x=y,z"), ["x=y", "z"]);
  assert.deepEqual(values(""), [""]);
});

Deno.test("what cannot be swept is told, all of it", () => {
  const told = (...given: string[]) => {
    try {
      return parseAxes(given);
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.equal(
    told("seed", "a=1,,2", "b=1,1", "c=4..4", "d=1", "d=2"),
    "error: seed has no value\n  help: write path=value,value\n\n" +
      'error: a=1,,2 has an empty value between its commas\n  help: leave it out, or write "" for an empty text\n\n' +
      "error: b has 1 twice\n  help: leave one out\n\n" +
      "error: c=4..4 has no values\n  help: a range leaves its end out: 1..6\n\n" +
      "error: d is given twice\n  help: write d=value,value",
  );
  assert.throws(() => axesOfMap([1], "f.yaml"), /f.yaml: it is no map/);
  assert.throws(() => axesOfMap({ a: [] }, "f.yaml"), /f.yaml: a has no values/);
  assert.deepEqual(axesOfMap({ seed: [1, 2], a: [[1, 2]], b: "x" }, "f.yaml"), [
    { path: "seed", values: ["1", "2"] },
    { path: "a", values: ["[1,2]"] },
    { path: "b", values: ['"x"'] },
  ]);
});

Deno.test("members are every combination; those that differ in seeds alone are of one group", () => {
  const members = membersOf(parseAxes(["seed=1,2", "tau=0.1,0.2", "fixed=3"]));
  assert.deepEqual(members.map(({ overrides }) => overrides.join(" ")), [
    "seed=1 tau=0.1",
    "seed=1 tau=0.2",
    "seed=2 tau=0.1",
    "seed=2 tau=0.2",
  ]);
  assert.deepEqual(members[1], {
    overrides: ["seed=1", "tau=0.2"],
    group: { tau: "0.2" },
    replicate: { seed: "1" },
  });
  assert.deepEqual(membersOf(parseAxes(["tau=1"])), [{ overrides: [], group: {}, replicate: {} }]);
});

const results = (values: Readonly<Record<string, readonly (number | undefined)[]>>) =>
  Object.entries(values).flatMap(([tau, list]) =>
    list.flatMap((accuracy, seed) => {
      if (accuracy === undefined) return []; // a member that failed
      const member = { overrides: [], group: { tau }, replicate: { seed: `${seed}` } };
      const test = { accuracy, pass_at: { 4: 1 }, report: "a\nb" };
      return [{ member, metrics: { test, "meta[0].reward": { mean: accuracy } } }];
    })
  );

Deno.test("a group's numbers are told with their spread, and paired differences to the first group", () => {
  const statistics = {
    spread: (values: readonly number[]): Spread => ({
      mean: values.reduce((a, b) => a + b) / values.length,
      n: values.length,
    }),
  };
  const table = sweepTable(results({ a: [1, 2, 6], b: [2, undefined, 9] }), statistics);
  assert.deepEqual(table, [
    { group: { tau: "a" }, metric: "test.accuracy", spread: { mean: 3, n: 3 } },
    {
      group: { tau: "b" },
      metric: "test.accuracy",
      spread: { mean: 5.5, n: 2 },
      difference: { mean: 2, n: 2 },
    },
  ]);
  const wanted = sweepTable(results({ a: [1, 3] }), statistics, [
    "meta[0].reward.mean",
    "test.pass_at.4",
  ]);
  assert.deepEqual(wanted.map(({ metric, spread }) => [metric, spread.mean]), [
    ["meta[0].reward.mean", 2],
    ["test.pass_at.4", 1],
  ]);
  assert.deepEqual(sweepTable([], statistics), []);
});

Deno.test("the interval is the bootstrap's: as wide as theory has it, and the same each time", () => {
  const values = Array.from({ length: 40 }, (_, i) => Math.sin(7 * i) + i % 3);
  const { mean, sd, n, interval } = spread(values), [low, high] = interval!;
  assert.equal(n, 40);
  const half = 1.96 * sd! / Math.sqrt(n);
  assert.ok(Math.abs(high - mean - half) < 0.1 * half && Math.abs(mean - low - half) < 0.1 * half);
  assert.deepEqual(spread(values).interval, interval);
  assert.deepEqual(spread([3]), { mean: 3, n: 1 });
  assert.deepEqual(spread([3, 3]).interval, [3, 3]);
});
