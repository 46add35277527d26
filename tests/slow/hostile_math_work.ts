/** Grades 10,000 hostile completions, and tells how that went; see hostile_math_test.ts. @module */
import { gradeMath } from "../../src/graders/math/grade.ts";
import { hostileCompletions } from "../graders/math/hostile.ts";

/** What {@linkcode hostileCompletions} did to a process. */
export interface Outcome {
  readonly graded: number;
  /** Completions that were paid for, their beginnings. */
  readonly rewarded: readonly string[];
  /** Milliseconds of the slowest. */
  readonly slowest: number;
  /** MiB that the process had at most, above what it began with. */
  readonly grown: number;
}

if (import.meta.main) {
  const peak = () =>
    Number(/^VmHWM:\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/self/status"))![1]) / 1024;
  const before = peak(), rewarded: string[] = [];
  let slowest = 0, graded = 0;
  for (const completion of hostileCompletions(10_000, "whole")) {
    const started = performance.now();
    const { outcome } = gradeMath("123456789", completion, { lenient: true, tolerance: 5e-7 });
    slowest = Math.max(slowest, performance.now() - started);
    if (outcome === "correct") rewarded.push(completion.slice(0, 200));
    graded++;
  }
  const outcome: Outcome = { graded, rewarded, slowest, grown: peak() - before };
  console.log(JSON.stringify(outcome));
}
