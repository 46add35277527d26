/** The table of rewards: a new one is a file and a line here. @module */
import { correct } from "./correct.ts";
import { formatted } from "./formatted.ts";
import { mentioned } from "./mentioned.ts";
import type { RewardDefinition } from "./reward.ts";
import { tests_passed } from "./tests_passed.ts";

/** Every reward, by the name that `rewards:` takes. */
export const REWARDS: Readonly<Record<string, RewardDefinition>> = {
  correct,
  formatted,
  mentioned,
  tests_passed,
};
