/**
 * What a pipeline can name, without the engine that its files import: checking a pipeline, and a run of which every
 * result is stored, need no more. `deno task schema` writes schemas/catalogue.json from the tables.
 *
 * @module
 */
import type { Definition, Library, Located } from "../core/library.ts";
import type { Stage } from "../core/stage.ts";
import catalogue from "../../schemas/catalogue.json" with { type: "json" };
import { CHECKS, MADE } from "../stage/checks.ts";
import { adviceOnSetting } from "./other_tools.ts";
import { FOLDERS } from "../stage/definitions.ts";
import type { Services } from "../stage/define_stage.ts";

/** A stage without its code. */
export type Declaration = Omit<Stage<Services>, "run" | "check" | "made">;

/** What schemas/catalogue.json holds. */
export interface Catalogue {
  readonly stages: readonly Declaration[];
  readonly definitions: readonly Definition[];
}

const checks: Readonly<Record<string, Stage<Services>["check"]>> = CHECKS;
const made: Readonly<Record<string, Stage<Services>["made"]>> = MADE;

/** What the catalogue says of a stage. */
export function declarationOf(stage: Stage<Services>): Declaration {
  const { kind, name, version, summary, config, inputs, outputs, follows, resources } = stage;
  return {
    ...{ kind, name, version, summary, config, inputs, outputs },
    ...follows === undefined ? {} : { follows },
    ...resources === undefined ? {} : { resources },
  };
}

/** What the catalogue says of another definition. */
export function definitionOf({ kind, name, summary, config }: Definition): Definition {
  return { kind, name, summary, config };
}

/** All that ships, as schemas/catalogue.json has it. */
export const CATALOGUE = catalogue as unknown as Catalogue;

const stages = new Map(
  CATALOGUE.stages.map((declaration) => [
    declaration.name,
    located(
      {
        ...declaration,
        ...(checks[declaration.name] === undefined ? {} : { check: checks[declaration.name]! }),
        ...(made[declaration.name] === undefined ? {} : { made: made[declaration.name]! }),
        async run(context) {
          const { STAGES } = await import("../../stages/mod.ts");
          const stage = STAGES[declaration.name];
          if (stage === undefined || !isAs(stage, declaration)) {
            throw new TypeError(
              `Cannot run ${declaration.name}: stages/${declaration.name}.ts is not as ` +
                "schemas/catalogue.json says; write it anew with `deno task schema`",
            );
          }
          return await stage.run(context);
        },
      } satisfies Stage<Services>,
    ),
  ]),
);

const definitions = new Map(
  CATALOGUE.definitions.map((
    definition,
  ) => [`${definition.kind} ${definition.name}`, located(definition)]),
);

/** All that ships, and modules of the user's. */
export class ProjectLibrary implements Library<Services> {
  readonly #modules: ReadonlyMap<string, { readonly kind: string }>;

  /** @param modules what the user's modules define, by kind and specifier; it may grow */
  constructor(modules: ReadonlyMap<string, { readonly kind: string }> = new Map()) {
    this.#modules = modules;
  }

  stage(uses: string): Located<Stage<Services>> | undefined {
    return stages.get(uses) ?? this.#module("stage", uses) as Located<Stage<Services>> | undefined;
  }

  definition(kind: string, uses: string): Located<Definition> | undefined {
    return definitions.get(`${kind} ${uses}`) ??
      this.#module(kind, uses) as Located<Definition> | undefined;
  }

  names(kind: string): readonly string[] {
    if (kind === "stage") return [...stages.keys()];
    return CATALOGUE.definitions.flatMap((one) => one.kind === kind ? [one.name] : []);
  }

  advice(name: string): string | undefined {
    return adviceOnSetting(name);
  }

  #module(kind: string, specifier: string): Located<unknown> | undefined {
    const definition = this.#modules.get(`${kind} ${specifier}`);
    return definition === undefined ? undefined : { definition, url: specifier };
  }
}

function located<D extends { readonly kind: string; readonly name: string }>(
  definition: D,
): Located<D> {
  const folder = FOLDERS[definition.kind as keyof typeof FOLDERS];
  return {
    definition,
    url: new URL(`../../${folder}/${definition.name}.ts`, import.meta.url).href,
  };
}

function isAs(stage: Stage<Services>, declaration: Declaration): boolean {
  return JSON.stringify(declarationOf(stage)) === JSON.stringify(declaration);
}
