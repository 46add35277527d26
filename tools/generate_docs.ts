/**
 * Writes docs/reference.md from the stages' and definitions' schemas, and the commands of docs/command_line.md.
 *
 *     deno task docs
 *
 * @module
 */
import type { ObjectSchema } from "../schemas/infer.ts";
import { settingTexts } from "../src/cli/settings_text.ts";
import { withCommands } from "./commands_text.ts";
import { CATALOGUE, type Declaration } from "../src/cli/project_library.ts";

const KINDS: Readonly<Record<string, string>> = {
  task: "Tasks: where problems come from, how they are asked and graded",
  grader: "Graders: what counts as the answer",
  reward: "Rewards: what a graded completion earns",
  loss: "Losses: what is minimized",
};

/** The page. */
export function referenceText(): string {
  const { stages, definitions } = CATALOGUE;
  const kinds = Map.groupBy(definitions, ({ kind }) => kind);
  return [
    "# Stages and settings",
    "",
    "Made by `deno task docs` from the schemas that check a pipeline; `soar stages NAME` tells the same.",
    "",
    "## Stages",
    ...stages.flatMap(stage),
    ...[...kinds].flatMap(([kind, all]) => [
      "",
      `## ${KINDS[kind] ?? kind}`,
      ...all.flatMap((
        { name, summary, config },
      ) => ["", `### ${name}`, "", summary, ...settings(config)]),
    ]),
    "",
  ].join("\n");
}

function stage({ name, summary, config, inputs, outputs }: Declaration): string[] {
  return [
    "",
    `### ${name}`,
    "",
    summary,
    ...ports("In", inputs),
    ...ports("Out", outputs),
    ...settings(config),
  ];
}

function ports(what: string, all: Readonly<Record<string, string>>): string[] {
  const listed = Object.entries(all).map(([name, kind]) => `\`${name}\` (${kind})`);
  return listed.length === 0 ? [] : ["", `${what}: ${listed.join(", ")}`];
}

function settings(schema: ObjectSchema): string[] {
  const rows = settingTexts(schema).map(({ name, type, fallback, description }) =>
    [
      `\`${name}\``,
      type,
      fallback === "required" || fallback === "" ? fallback : `\`${fallback}\``,
      description,
    ]
      .map((cell) => cell.replaceAll("|", "\\|"))
  );
  if (rows.length === 0) return [];
  const head = [["setting", "", "unless set", ""], ["---", "---", "---", "---"]];
  return ["", ...[...head, ...rows].map((row) => `| ${row.join(" | ")} |`)];
}

if (import.meta.main) {
  Deno.writeTextFileSync(new URL("../docs/reference.md", import.meta.url), referenceText());
  const commands = new URL("../docs/command_line.md", import.meta.url);
  Deno.writeTextFileSync(commands, withCommands(Deno.readTextFileSync(commands)));
}
