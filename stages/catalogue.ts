/**
 * What each stage is called, takes and gives, without the engine that its file imports: checking a pipeline, and a
 * run of which every result is stored, need no more. `deno task schema` writes schemas/stages.json from the stages.
 *
 * @module
 */
import type { Stage } from "../src/core/stage.ts";
import catalogue from "../schemas/stages.json" with { type: "json" };
import { CHECKS, MADE } from "./checks.ts";
import type { Services } from "./stage.ts";

/** A stage without its code. */
export type Declaration = Omit<Stage<Services>, "run" | "check" | "made">;

const checks: Readonly<Record<string, Stage<Services>["check"]>> = CHECKS;
const made: Readonly<Record<string, Stage<Services>["made"]>> = MADE;

/** What the catalogue says of a stage. */
export function declarationOf(stage: Stage<Services>): Declaration {
  const { name, version, summary, config, inputs, outputs } = stage;
  return { name, version, summary, config, inputs, outputs };
}

/** Every stage, by the name that `uses:` takes; its file is loaded when it runs. */
export const CATALOGUE: Readonly<Record<string, Stage<Services>>> = Object.fromEntries(
  (catalogue as unknown as readonly Declaration[]).map((declaration) => [
    declaration.name,
    {
      ...declaration,
      ...(checks[declaration.name] === undefined ? {} : { check: checks[declaration.name]! }),
      ...(made[declaration.name] === undefined ? {} : { made: made[declaration.name]! }),
      async run(context) {
        const { STAGES } = await import("./mod.ts");
        const stage = STAGES[declaration.name];
        if (stage === undefined || !isAs(stage, declaration)) {
          throw new TypeError(
            `Cannot run ${declaration.name}: stages/${declaration.name}.ts is not as ` +
              "schemas/stages.json says; write it anew with `deno task schema`",
          );
        }
        return await stage.run(context);
      },
    } satisfies Stage<Services>,
  ]),
);

function isAs(stage: Stage<Services>, declaration: Declaration): boolean {
  return JSON.stringify(declarationOf(stage)) === JSON.stringify(declaration);
}
