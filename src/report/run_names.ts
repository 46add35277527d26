/** What runs of a report are called, so that they are told apart. @module */
import { clip } from "./clip.ts";
import type { RunView } from "./run_view.ts";

/** Characters of what is said besides an id. */
const MOST = 120;

/** Overrides of a run that not all others have, such as `seed=2` in a sweep. */
export function ownOverrides({ record }: RunView, runs: readonly RunView[]): string[] {
  return record.overrides.filter((one) =>
    !runs.every(({ record }) => record.overrides.includes(one))
  );
}

/** Its id, and what says more: its name, or else what sets it apart from the others. */
export function runName(run: RunView, runs: readonly RunView[]): string {
  const { id, name = ownOverrides(run, runs).join(" ") } = run.record;
  return name === "" ? id : `${id} (${clip(name, MOST)})`;
}

/** What runs differ in besides their seed: a mean over them is one of unlike things. */
export function differencesOf(runs: readonly RunView[]): string[] {
  const pipelines = new Set(runs.map(({ record }) => record.pipeline));
  const paths = runs.flatMap((run) => ownOverrides(run, runs)).map((one) => one.split("=", 1)[0]!);
  return [...pipelines.size > 1 ? ["pipeline"] : [], ...new Set(paths)]
    .filter((path) => path !== "seed");
}
