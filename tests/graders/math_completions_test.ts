import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { gradeMath } from "../../src/graders/math/grade.ts";

/** A completion, and the answer that it has where only a box counts and where more does; null where it has none. */
interface Completion {
  readonly text: string;
  readonly strict?: string | null;
  readonly lenient?: string | null;
  /** Answers that it does not have. */
  readonly wrong?: readonly string[];
}

const path = fileURLToPath(new URL("math/completions.jsonl", import.meta.url));
const completions = Deno.readTextFileSync(path).trim().split("\n")
  .map((line) => JSON.parse(line) as Completion);

for (const mode of ["strict", "lenient"] as const) {
  Deno.test(`completions have the answers that a reader finds in them: ${mode}`, () => {
    assert.ok(completions.length > 100);
    let answered = 0;
    for (const { text, [mode]: answer, wrong = [] } of completions) {
      const outcomeFor = (gold: string) =>
        gradeMath(gold, text, { lenient: mode === "lenient", tolerance: 5e-7 }).outcome;
      if (answer === null) assert.equal(outcomeFor("42"), "no_answer", text);
      else {
        if (answer !== undefined) assert.equal(outcomeFor(answer), "correct", text);
        for (const other of wrong) assert.equal(outcomeFor(other), "wrong", `${text} | ${other}`);
        answered++;
      }
    }
    assert.ok(answered > 50);
  });
}
