/** Settings that take a number of problems, or a share of them. @module */
import type { ConfigProblem } from "../core/stage.ts";

/** A number of problems or, below 1, a share of them. */
export const SHARE = { type: "number", exclusiveMinimum: 0 } as const;

/** What is wrong with shares of one set, by their settings. */
export function checkShares(
  shares: Readonly<Record<string, number | undefined>>,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const [key, value] of Object.entries(shares)) {
    if (value === undefined || value < 1 || Number.isInteger(value)) continue;
    const message = `${key}: ${value} is neither a whole number nor a share below 1`;
    problems.push({ key, message, hint: `write ${Math.round(value)}, or a share such as 0.5` });
  }
  const parts = Object.entries(shares).filter(([, value]) => value !== undefined && value < 1);
  const sum = parts.reduce((total, [, value]) => total + value!, 0);
  if (sum > 1 + 1e-6) {
    const all = parts.map(([key, value]) => `${key}: ${value}`).join(" and ");
    const hint = "write shares that add up to 1 or less";
    problems.push({ key: parts.at(-1)![0], message: `${all} are more than all`, hint });
  }
  return problems;
}

/** The most problems that a share has of so many. */
export function mostOf(share: number, total: number | undefined): number | undefined {
  if (share >= 1) return share;
  return total === undefined ? undefined : Math.ceil(share * total);
}
