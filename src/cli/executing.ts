/** Options of commands that run steps: where, how many at a time, and what these may take. @module */
import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { Resources } from "../core/mod.ts";
import { toCount, toResources } from "./argument_types.ts";
import { toExecutor } from "./executors.ts";

/** Values of the options. */
export interface Executing {
  /** Name of what jobs run on; as the pipeline says unless given. */
  readonly on?: string;
  /** How many jobs run at a time at most. */
  readonly jobs?: number;
  /** What there is for jobs to take, besides what is found here. */
  readonly resources?: Resources;
}

/** Gives a command the options. */
export function executing<A extends unknown[], O extends OptionValues>(
  command: Command<A, O>,
): Command<A, O & Executing> {
  const all = command
    .option(
      "--on <executor>",
      "where steps run: inline, or processes where there are several processors",
      toExecutor,
    )
    .option("-j, --jobs <n>", "steps that run at a time, at most", toCount)
    .option("--resources <amounts>", "what there is for steps to take, such as gpu=2", toResources);
  // The library's type of it follows each option, and is none that can be written down.
  return all as unknown as Command<A, O & Executing>;
}

/** The options that were given. */
export function executingOf({ on, jobs, resources }: Executing): Executing {
  return {
    ...on === undefined ? {} : { on },
    ...jobs === undefined ? {} : { jobs },
    ...resources === undefined ? {} : { resources },
  };
}
