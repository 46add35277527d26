/** The table of tasks: a new one is a file and a line here. @module */
import { code } from "./code.ts";
import { listprog } from "./listprog.ts";
import { math } from "./math.ts";
import { questions } from "./questions.ts";
import type { TaskDefinition } from "./task.ts";

/** Every task, by the name that `task:` takes. */
export const TASKS: Readonly<Record<string, TaskDefinition>> = { code, listprog, math, questions };
