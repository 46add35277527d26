/** The table of graders: a new one is a file and a line here. @module */
import { choice } from "./choice.ts";
import { code } from "./code.ts";
import { contains } from "./contains.ts";
import { endpoint } from "./endpoint.ts";
import { exact } from "./exact.ts";
import type { GraderDefinition } from "./grader.ts";
import { math } from "./math.ts";
import { numeric } from "./numeric.ts";
import { regex } from "./regex.ts";

/** Every grader, by the name that `grader:` takes. */
export const GRADERS: Readonly<Record<string, GraderDefinition>> = {
  choice,
  code,
  contains,
  endpoint,
  exact,
  math,
  numeric,
  regex,
};
