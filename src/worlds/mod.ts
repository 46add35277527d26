import { listprog } from "./listprog.ts";
import type { World } from "./world.ts";

export type { CorpusMixture, Problem, Proposal, Text, World } from "./world.ts";

/** Name of a known world. */
export type WorldName = "listprog";

/** Every world, by name. */
export const WORLDS: Readonly<Record<WorldName, World>> = { listprog };
