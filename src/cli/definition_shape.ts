/** What is wrong with a definition that a module of the user's exports: no compiler may have seen it. @module */
import { outsideSubset } from "../../schemas/subset.ts";
import { validate } from "../../schemas/validate.ts";
import { parsePort } from "../core/stage.ts";
import { FOLDERS } from "../stage/definitions.ts";

/** Kinds of definitions. */
export type Kind = keyof typeof FOLDERS;

/** What each has to be able to do. */
const FUNCTIONS: { readonly [K in Kind]: readonly string[] } = {
  stage: ["run"],
  task: ["create"],
  grader: ["create"],
  reward: ["score"],
  loss: ["columns", "unit", "denominator", "graph"],
};

/** Names that settings of their own cannot have: they stand beside these where they are used. */
const TAKEN: { readonly [K in Kind]: readonly string[] } = {
  stage: [],
  task: ["uses"],
  grader: ["uses"],
  reward: ["uses", "weight"],
  loss: ["uses"],
};

const NAMED: readonly string[] = Object.keys(FOLDERS).filter((kind) => kind !== "stage");

/** What is wrong with it; undefined where nothing is. The compiler of schemas must be loaded. */
export function shapeMistake(
  kind: Kind,
  definition: { readonly name: string },
): string | undefined {
  const members = definition as unknown as Readonly<Record<string, unknown>>;
  const lacking = FUNCTIONS[kind].find((name) => typeof members[name] !== "function");
  const mistake = lacking !== undefined
    ? `${lacking} is no function`
    : kind === "stage"
    ? stageMistake(members)
    : undefined;
  if (mistake !== undefined) return `${kind} ${definition.name} is wrong: ${mistake}`;
  const outside = schemaMistake(kind, members.config);
  if (outside === undefined) return undefined;
  return `the settings of ${kind} ${definition.name} are no schema: ${outside}`;
}

function schemaMistake(kind: Kind, config: unknown): string | undefined {
  const outside = outsideSubset(config, NAMED);
  if (outside !== undefined) return outside;
  const { properties } = config as { readonly properties: object };
  const taken = TAKEN[kind].find((name) => Object.hasOwn(properties, name));
  if (taken !== undefined) return `config.properties.${taken} has a name that every ${kind} takes`;
  try {
    validate(config as object, {});
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

function stageMistake(
  { version, inputs, outputs, follows = {} }: Readonly<Record<string, unknown>>,
): string | undefined {
  if (!Number.isSafeInteger(version)) return "version is no whole number";
  for (const [name, ports] of Object.entries({ inputs, outputs, follows })) {
    if (typeof ports !== "object" || ports === null) return `${name} is no map`;
    const other = Object.entries(ports).find(([, to]) => typeof to !== "string" || to === "");
    if (other !== undefined) return `${name}.${other[0]} is no text`;
  }
  const named = Object.entries(outputs as Record<string, string>)
    .find(([, spec]) => parsePort(spec).named);
  if (named !== undefined) return `outputs.${named[0]} is ${named[1]}: inputs alone have names`;
  const [port] = Object.entries(follows as object).flat()
    .filter((port) => !Object.hasOwn(inputs as object, port));
  return port === undefined ? undefined : `follows names ${port}, which is no input`;
}
