/** Rollouts as people read them. @module */
import { counted } from "../core/mod.ts";
import type { RolloutRow } from "../rl/rollout_rows.ts";
import { formatNumber } from "./format.ts";
import { safeText } from "./safe_text.ts";

/** Characters that labels stand in. */
const INDENT = 12;

/**
 * A card: where the rollout is and how it did in a line, then what was asked, written, extracted and expected.
 *
 * @param of the step that it was drawn in
 * @param before the rollout above it: what it was asked is not told twice
 */
export function rolloutCard(of: string, row: RolloutRow, before?: RolloutRow): string {
  const { verdict, reward, advantage } = row;
  const facts = [
    `step ${row.step}`,
    `group ${row.group}`,
    ...row.problem_id === null ? [] : [`problem ${safeText(row.problem_id)}`],
    ...verdict === null ? [] : [verdict],
    ...reward === null ? [] : [`reward ${formatNumber(reward)}${partsOf(row)}`],
    ...advantage === null ? [] : [`advantage ${formatNumber(advantage)}`],
    counted(row.tokens, "token"),
    `logp ${formatNumber(row.logp)}`,
    ...row.finished ? [] : ["cut off"],
  ];
  const asked = before?.prompt === row.prompt && before.step === row.step;
  return [
    `${of}  ${facts.join(" · ")}`,
    ...field("prompt", asked ? "(as above)" : row.prompt),
    ...field("completion", row.completion),
    ...row.extracted === null ? [] : field("extracted", row.extracted),
    ...row.expected === null ? [] : field("expected", row.expected),
    ...row.reason === null ? [] : field("reason", row.reason),
  ].join("\n");
}

/** What each reward function gave, where that says more than the sum. */
function partsOf({ rewards, reward }: RolloutRow): string {
  const parts = Object.entries(rewards);
  if (parts.length < 2 && parts.every(([, value]) => value === reward)) return "";
  const texts = parts.map(([name, value]) =>
    `${safeText(name)} ${value === null ? "none" : formatNumber(value)}`
  );
  return ` (${texts.join(", ")})`;
}

/** A label with a text of any number of lines beside it. */
function field(label: string, text: string): string[] {
  const lines = text === "" ? ["(nothing)"] : text.split("\n").map(safeText);
  return lines.map((line, i) => `  ${(i === 0 ? label : "").padEnd(INDENT)}${line}`.trimEnd());
}
