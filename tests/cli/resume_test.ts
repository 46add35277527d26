/** The command that goes on with a run: what was made again in it is not made again once more. @module */
import assert from "node:assert/strict";
import { select, type Wanted } from "../../src/core/mod.ts";
import { resumeArgs } from "../../src/cli/resume.ts";
import { Rig } from "../rig.ts";

const PIPELINE = `
name: chain
steps:
  a: { uses: number, with: { value: 1 } }
  b: { uses: increment, in: { number: a.number } }
  c: { uses: increment, in: { number: b.number } }
  other: { uses: number, with: { value: 2 } }
`;

function resumed(args: readonly string[], wanted: Wanted, made: readonly string[]): string {
  using rig = new Rig();
  return resumeArgs(args, select(rig.plan(PIPELINE), wanted), new Set(made)).join(" ");
}

Deno.test("what nothing was made of yet is asked for as before", () => {
  const args = ["p.yaml", "seed=2", "--from", "b", "--force=other", "--keep-going"];
  assert.equal(resumed(args, { from: ["b"], force: ["other"] }, ["a"]), args.join(" "));
  assert.equal(resumed(["p.yaml"], {}, ["a", "b"]), "p.yaml");
});

Deno.test("what was made is not made again; what was not still is", () => {
  const args = ["run", "p.yaml", "--from", "b", "--force=other", "--keep-going"];
  const wanted = { from: ["b"], force: ["other"] };
  const after = (...made: string[]) => resumed(args, wanted, made);
  assert.equal(after("b"), "run p.yaml --keep-going --force c --force other");
  assert.equal(after("other"), "run p.yaml --keep-going --from b");
  assert.equal(after("b", "c"), "run p.yaml --keep-going --force other");
  assert.equal(after("b", "c", "other"), "run p.yaml --keep-going");
});

Deno.test("a step alone is not made with what depends on it", () => {
  const args = ["p.yaml", "--force", "a", "--force", "b", "--", "seed=1"];
  assert.equal(resumed(args, { force: ["a", "b"] }, ["a"]), "p.yaml --force b -- seed=1");
});

Deno.test("what it says makes just the steps that are left", () => {
  using rig = new Rig();
  const plan = rig.plan(PIPELINE), { remade } = select(plan, { from: ["a"] });
  assert.deepEqual([...remade].sort(), ["a", "b", "c"]);
  const args = resumeArgs(["p.yaml", "--from", "a"], select(plan, { from: ["a"] }), new Set(["a"]));
  assert.deepEqual(args, ["p.yaml", "--from", "b"]);
  assert.deepEqual([...select(plan, { from: ["b"] }).remade].sort(), ["b", "c"]);
});
