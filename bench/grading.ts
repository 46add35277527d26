/**
 * Gradings of mathematics a second on one core, beside Math-Verify (Python), on the same completions in the same run.
 *
 *     bench/peers/setup.sh
 *     SOAR_PEER_PYTHON=.soar/peers/bin/python deno run -A bench/grading.ts
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { gradeMath } from "../src/graders/math/grade.ts";
import { KINDS } from "../tests/graders/math/pairs.ts";

const PEER = fileURLToPath(new URL("./peers/grading.py", import.meta.url));

/** Right answers with completions that end in one. */
const cases = Object.values(KINDS).flatMap(({ equal, different }) => [...equal, ...different])
  .map(([gold, given]) => ({
    gold,
    completion: "Let us see what is asked, and go step by step. First we look at what is given; " +
      `then what is wanted follows.\nThe answer is $\\boxed{${given}}$.`,
  }));

/** Goes through all cases for some seconds; gradings a second of the best round. */
function measure(seconds: number): number {
  let best = 0;
  for (const end = performance.now() + 1000 * seconds; performance.now() < end;) {
    const started = performance.now();
    for (const { gold, completion } of cases) {
      gradeMath(gold, completion, { lenient: false, tolerance: 5e-7 });
    }
    best = Math.max(best, 1000 * cases.length / (performance.now() - started));
  }
  return best;
}

const python = Deno.env.get("SOAR_PEER_PYTHON");
if (python === undefined) throw new Error("Set SOAR_PEER_PYTHON; bench/peers/setup.sh makes one");
const ours = measure(5);
const peer = new Deno.Command(python, { args: [PEER], stdin: "piped", stdout: "piped" }).spawn();
const writer = peer.stdin.getWriter();
await writer.write(new TextEncoder().encode(JSON.stringify(cases)));
await writer.close();
const { stdout } = await peer.output();
const theirs = JSON.parse(new TextDecoder().decode(stdout)) as { version: string; best: number };
console.log(`${cases.length} completions: ${ours.toFixed(0)} gradings/s`);
console.log(`Math-Verify ${theirs.version}: ${theirs.best.toFixed(1)} gradings/s`);
console.log(`${(ours / theirs.best).toFixed(0)} ×`);
