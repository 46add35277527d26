/** The table of graders: a new one is a file and a line here. @module */
import { exact } from "./exact.ts";
import type { GraderDefinition } from "./grader.ts";
import { math } from "./math.ts";

/** Every grader, by the name that `grader:` takes. */
export const GRADERS: Readonly<Record<string, GraderDefinition>> = { exact, math };
