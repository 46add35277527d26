import { DiagnosticError, suggest } from "../core/mod.ts";
import { CATALOGUE, type Declaration } from "./project_library.ts";
import type { ObjectSchema } from "../../schemas/infer.ts";
import { formatColumns } from "./format.ts";
import { print } from "./output.ts";
import { settingTexts } from "./settings_text.ts";

/** Lists what a pipeline can name, or tells of one of these what it takes and gives. */
export function stages(
  name: string | undefined,
  options: { readonly json?: true } = {},
): number {
  if (options.json === true) {
    const { stages, definitions } = CATALOGUE;
    print(JSON.stringify(name === undefined ? [...stages, ...definitions] : named(name)));
  } else print((name === undefined ? listAll() : tell(name)).join("\n"));
  return 0;
}

function listAll(): string[] {
  const { stages, definitions } = CATALOGUE;
  const kinds = Map.groupBy(definitions, ({ kind }) => kind);
  const groups = [["stage", stages] as const, ...kinds];
  return groups.flatMap(([kind, all], i) => [
    ...i === 0 ? [] : [""],
    `${kind === "loss" ? "losses" : `${kind}s`}:`,
    ...formatColumns(all.map(({ name, summary }) => [`  ${name}`, summary])),
  ]).concat("", "`stages NAME` tells more of one; a module of your own stands beside them.");
}

/** What has a name. @throws {DiagnosticError} when nothing does */
function named(name: string) {
  const all = [...CATALOGUE.stages, ...CATALOGUE.definitions];
  const found = all.filter((one) => one.name === name);
  if (found.length > 0) return found;
  const hint = suggest(name, all.map((one) => one.name));
  throw new DiagnosticError([{ message: `there is no ${name}`, hint }]);
}

function tell(name: string): string[] {
  return named(name).flatMap((one, i) => [
    ...i === 0 ? [] : [""],
    `${one.kind} ${one.name}: ${one.summary}`,
    ...isStage(one) ? [...ports("in", one.inputs), ...ports("out", one.outputs)] : [],
    ...settings(one.config),
  ]);
}

function isStage(one: { readonly kind: string }): one is Declaration {
  return one.kind === "stage";
}

function ports(what: string, all: Readonly<Record<string, string>>): string[] {
  if (Object.keys(all).length === 0) return [];
  return [
    ``,
    `${what}:`,
    ...formatColumns(Object.entries(all).map(([name, kind]) => [`  ${name}`, kind])),
  ];
}

function settings(schema: ObjectSchema): string[] {
  const rows = settingTexts(schema).map(({ name, type, fallback, description }) => [
    `  ${name}`,
    fallback === "" || fallback === "required" ? fallback : `= ${fallback}`,
    type,
    description,
  ]);
  return rows.length === 0 ? [] : ["", "with:", ...formatColumns(rows)];
}
