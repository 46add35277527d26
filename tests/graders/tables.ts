/** Tables of graded completions. @module */
import assert from "node:assert/strict";
import type { GraderDefinition, Problem } from "../../src/graders/grader.ts";
import { grade } from "./grade.ts";

/** A problem (or its answer alone), a completion, what is made of it, and settings. */
export type Case<S> = readonly [
  problem: string | (Partial<Problem> & { readonly answer: string }),
  completion: string,
  outcome: string,
  settings?: S,
];

/** Tests a grader on cases by kind; right and refused ones are counted. */
export function testKinds<S extends object>(
  definition: GraderDefinition,
  kinds: Readonly<Record<string, readonly Case<S>[]>>,
  { least }: { readonly least: number },
): void {
  for (const [kind, cases] of Object.entries(kinds)) {
    Deno.test(`${definition.name}: ${kind}`, async () => {
      const wrong: string[] = [];
      for (const [given, completion, outcome, settings = {}] of cases) {
        const problem = typeof given === "string" ? { answer: given } : given;
        const made = await grade(definition, problem, completion, { ...settings });
        if (made === outcome || made.split(" ")[0] === outcome) continue;
        wrong.push(`${JSON.stringify([given, completion, settings])}: ${made}, not ${outcome}`);
      }
      assert.deepEqual(wrong, []);
    });
  }
  Deno.test(`${definition.name}: there are cases in both directions`, () => {
    const all = Object.values(kinds).flat();
    const right = all.filter(([, , outcome]) => outcome.startsWith("correct"));
    assert.ok(all.length >= least);
    assert.ok(right.length > least / 4 && all.length - right.length > least / 4);
  });
}
