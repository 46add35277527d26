/** Plans of the pipelines that have the paper's settings, without its models and data sets. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Estimate, estimatesOf } from "../../src/cli/estimates.ts";
import { openPipeline, type Project } from "../../src/cli/project.ts";
import { forecast, Store } from "../../src/core/mod.ts";
import { addWork, type Work } from "../../src/stage/work.ts";

/** A plan and what it costs. */
export interface Costed extends Project {
  readonly estimates: ReadonlyMap<string, Estimate>;
  /** Settings of a step. */
  config(step: string): Record<string, unknown>;
  /** Work of the steps of a stage whose ids begin so. */
  work(stage: string, prefix?: string): Work;
}

/** Plans a pipeline of `pipelines/` in an empty store. */
export async function planned(name: string, ...overrides: string[]): Promise<Costed> {
  const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    const file = fileURLToPath(new URL(`../../pipelines/${name}.yaml`, import.meta.url));
    const project = await openPipeline(file, overrides, { store: directory, all: false }, () => {});
    const store = new Store(directory);
    const forecasts = forecast(project.plan, store, await project.code());
    const estimates = await estimatesOf(project, store, forecasts);
    const { steps } = project.plan;
    return {
      ...project,
      estimates,
      config(id) {
        const step = steps.find((one) => one.id === id);
        assert.ok(step !== undefined, id);
        return step.config;
      },
      work: (stage, prefix = "") =>
        addWork(steps.flatMap(({ id, stage: { name } }) => {
          const work = name === stage && id.startsWith(prefix)
            ? estimates.get(id)?.work
            : undefined;
          return work === undefined ? [] : [work];
        })),
    };
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}
