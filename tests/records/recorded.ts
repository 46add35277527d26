/** Runs of a rig that leave records, as those of the program do. @module */
import type { RunResult } from "../../src/core/mod.ts";
import { RunWriter } from "../../src/records/mod.ts";
import type { Rig } from "../rig.ts";

/** Runs a pipeline's text and keeps a record of it. @returns its id, and how it ended */
export async function recorded(
  rig: Rig,
  text: string,
  overrides: readonly string[] = [],
  facts: { readonly name?: string; readonly sweep?: string } = {},
): Promise<{ readonly id: string; readonly result: RunResult }> {
  const { store } = rig, plan = rig.plan(text, overrides), { name, sweep } = facts;
  store.prepare();
  await using writer = new RunWriter(
    store,
    {
      pipeline: plan.name,
      file: "/somewhere/test.yaml",
      folder: "/somewhere",
      overrides,
      seed: plan.seed,
      versions: { soar: "1" },
      ...name === undefined ? {} : { name },
      ...sweep === undefined ? {} : { sweep: { id: sweep, overrides } },
    },
    { name: plan.name, overridden: [...overrides] },
    () => ({ threads: 1 }),
    (message) => {
      throw new Error(message);
    },
  );
  const listen = (event: Parameters<RunWriter["take"]>[0]) => void writer.take(event);
  const result = await rig.run(text, overrides, undefined, { listen });
  store.release();
  await new Promise((resolve) => setTimeout(resolve, 2)); // the next begins at another time
  return { id: writer.id, result };
}
