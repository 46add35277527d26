import {
  closest,
  describeDifference,
  DiagnosticError,
  forecast,
  keyOf,
  Store,
} from "../core/mod.ts";
import { endsBefore, lastParts } from "./plan_command.ts";
import { print } from "./output.ts";
import { openPipeline, type ProjectOptions, trustOf } from "./project.ts";

/** Tells what a step's key is made of, and what is different from the last time. */
export async function explain(
  file: string,
  step: string,
  overrides: readonly string[],
  options: ProjectOptions,
): Promise<number> {
  const { plan: planned, code } = await openPipeline(
    file,
    [...overrides, ...options.set],
    trustOf(options),
  );
  const ids = planned.steps.map(({ id }) => id);
  if (!ids.includes(step)) {
    const near = closest(step, ids);
    const hint = near === undefined ? "soar plan lists the steps" : `did you mean ${near}?`;
    throw new DiagnosticError([{ message: `there is no step ${step} in ${file}`, hint }]);
  }
  const store = new Store(options.store);
  const { lookup, parts } = forecast(planned, store, await code()).get(step)!;
  const last = lastParts(store, planned.name)(step);
  if (parts === undefined) {
    print(
      lookup.kind === "skipped"
        ? `${step}: not reached, ${endsBefore(lookup)}`
        : `${step}: unknown until the steps it reads have run`,
    );
    if (last !== undefined) print(`last key:\n${JSON.stringify(last, null, 2)}`);
    return 0;
  }
  print(`${step}: ${lookup.kind}, key ${keyOf(parts)}`);
  print(JSON.stringify(parts, null, 2));
  if (last === undefined) print("it never ran in this store");
  else {
    const lines = describeDifference(last, parts);
    print(
      lines.length === 0
        ? "the key is the same as the last time"
        : `since the last time:\n${lines.map((line) => `  ${line}`).join("\n")}`,
    );
  }
  return 0;
}
