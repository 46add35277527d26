/** Definitions that settings of the rig's stages name, and the library that has them. @module */
import type { ObjectSchema } from "../schemas/infer.ts";
import type { Definition, Library, Located, Stage } from "../src/core/mod.ts";
import { defineStage } from "../src/stage/define_stage.ts";
import type { Services } from "../stages/mod.ts";

function define(kind: string, name: string, config: Partial<ObjectSchema> = {}): Definition {
  const empty = { type: "object", properties: {}, additionalProperties: false } as const;
  return { kind, name, summary: `A ${name}.`, config: { ...empty, ...config } };
}

/** Definitions of kinds that the program knows nothing of. */
export const TEST_DEFINITIONS: readonly Definition[] = [
  define("shape", "circle", { properties: { radius: { type: "number", default: 1 } } }),
  define("shape", "square", {
    properties: { side: { type: "integer", minimum: 1 }, fill: { enum: ["none", "full"] } },
    required: ["side"],
  }),
  define("shape", "frame", { properties: { inner: { component: "shape" } }, required: ["inner"] }),
  define("shape", "traced", {
    properties: { from: { type: "string", format: "path" } },
    required: ["from"],
  }),
  define("color", "red", {
    properties: { shade: { enum: ["light", "dark"], default: "dark" } },
  }),
  define("color", "blue"),
  define("color", "mixed", {
    properties: {
      parts: {
        components: "color",
        shorthand: "share",
        each: {
          type: "object",
          properties: { share: { type: "number", minimum: 0 } },
          required: ["share"],
          additionalProperties: false,
        },
      },
    },
    required: ["parts"],
  }),
];

/** A stage whose settings name definitions; gives back its settings and the root of its randomness. */
export const PAINT = defineStage({
  name: "paint",
  version: 1,
  summary: "A shape in colors.",
  config: {
    type: "object",
    properties: {
      shape: { component: "shape" },
      colors: {
        components: "color",
        default: { red: 1 },
        shorthand: "weight",
        each: {
          type: "object",
          properties: {
            weight: { type: "number" },
            layer: { type: "integer", minimum: 0, default: 0 },
          },
          required: ["weight"],
          additionalProperties: false,
        },
      },
      back: {
        type: "object",
        properties: { shape: { component: "shape", default: "circle" } },
        additionalProperties: false,
      },
      size: { type: "integer", default: 1 },
    },
    required: ["shape"],
    additionalProperties: false,
  },
  inputs: {},
  outputs: { picture: "picture" },
  run: ({ config, outputs, seed }) => {
    const text = JSON.stringify({ config, seed });
    Deno.writeTextFileSync(`${outputs.picture.directory}/picture.json`, text);
  },
});

/** What the rig's pipelines can name. A module's URL here is its name, with the kind where it is no stage's. */
export class RigLibrary implements Library<Services> {
  /** A test may replace one. */
  readonly stages: Record<string, Stage<Services>>;
  /** Modules that are loaded, by URL. */
  readonly modules: Map<string, Definition | Stage<Services>> = new Map();

  constructor(stages: Readonly<Record<string, Stage<Services>>>) {
    this.stages = { ...stages };
  }

  stage(uses: string): Located<Stage<Services>> | undefined {
    if (Object.hasOwn(this.stages, uses)) return { definition: this.stages[uses]!, url: uses };
    return this.#module("stage", uses) as Located<Stage<Services>> | undefined;
  }

  definition(kind: string, uses: string): Located<Definition> | undefined {
    const definition = TEST_DEFINITIONS.find((one) => one.kind === kind && one.name === uses);
    return definition === undefined
      ? this.#module(kind, uses)
      : { definition, url: `${kind}/${uses}` };
  }

  names(kind: string): readonly string[] {
    if (kind === "stage") return Object.keys(this.stages);
    return TEST_DEFINITIONS.flatMap((one) => one.kind === kind ? [one.name] : []);
  }

  #module(kind: string, url: string): Located<Definition> | undefined {
    const definition = this.modules.get(url);
    return definition?.kind === kind ? { definition, url } : undefined;
  }
}
