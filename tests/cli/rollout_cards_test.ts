/** What a model wrote does nothing to a terminal. @module */
import assert from "node:assert/strict";
import { rolloutCard } from "../../src/cli/rollout_cards.ts";
import { safeText } from "../../src/cli/safe_text.ts";
import type { RolloutRow } from "../../src/rl/mod.ts";

const ROW: RolloutRow = {
  ...{ step: 2, group: 1, problem_id: "p\x1b[0m", prompt: "Q:\n2 + 2?", completion: "" },
  ...{ expected: "4", extracted: null, verdict: "no_answer", reason: "it is empty", score: null },
  ...{ rewards: { correct: 0, formatted: null }, reward: 0, advantage: -0.53333, logp: -1.5 },
  ...{ logps: [-1.5], tokens: 1, finished: false },
};

Deno.test("a card has what was asked, written and made of it", () => {
  assert.equal(
    rolloutCard("meta[0].s", ROW),
    `meta[0].s  step 2 · group 1 · problem p\\e[0m · no_answer · reward 0 (correct 0, formatted none) · \
advantage -0.533 · 1 token · logp -1.5 · cut off
  prompt      Q:
              2 + 2?
  completion  (nothing)
  expected    4
  reason      it is empty`,
  );
  const next = { ...ROW, completion: "4", rewards: { correct: 0 }, finished: true };
  assert.match(rolloutCard("s", next, ROW), /reward 0 · .*\n {2}prompt {6}\(as above\)\n/);
  assert.match(rolloutCard("s", { ...next, step: 3 }, ROW), /2 \+ 2\?/);
});

Deno.test("whatever moves a cursor, hides or turns text is written out", () => {
  const cases: Readonly<Record<string, string>> = {
    "\x1b[2J\x1b]0;title\x07": "\\e[2J\\e]0;title\\u{7}",
    "a\rb\tc\x00\x7f\x9b1m": "a\\rb\\tc\\u{0}\\u{7f}\\u{9b}1m",
    "\u202eabc\u2066\u200b\u2028": "\\u{202e}abc\\u{2066}\\u{200b}\\u{2028}",
    "\ud800x": "\\u{d800}x",
    "größer ≥ 2 😀\n": "größer ≥ 2 😀\n",
  };
  for (const [text, shown] of Object.entries(cases)) assert.equal(safeText(text), shown);
  // Every character that is none to print.
  const all = String.fromCodePoint(...Array.from({ length: 0x3000 }, (_, i) => i));
  assert.doesNotMatch(safeText(all).replace("\n", ""), /[\p{C}--\p{Cn}]/v);
});
