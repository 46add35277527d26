/** Makes what settings name, so that what only that shows is told before anything runs: a template, a pattern, an address. @module */
import { SettingMistake } from "../../schemas/setting_mistake.ts";
import type { Used } from "../../schemas/infer.ts";
import {
  type Diagnostic,
  DiagnosticError,
  formatPlace,
  isModule,
  type Json,
  type Path,
  type Plan,
  type Use,
} from "../core/mod.ts";
import type { Definitions } from "../stage/definitions.ts";
import type { Services } from "../stage/define_stage.ts";

/** Kinds that are made of their settings. Of losses only those of modules: the others are tested, and take time to load. */
const MADE = ["grader", "task", "loss"] as const;

/**
 * Makes every task, grader and loss of a plan, each once.
 *
 * @throws {DiagnosticError} with all that cannot be made, where they are named
 */
export async function checkDefinitions(
  { steps }: Plan<Services>,
  definitions: Definitions,
): Promise<void> {
  const mistakes = new Map<string, Diagnostic>(), seen = new Set<string>();
  for (const { config, uses } of steps) {
    const wrong: Path[] = [];
    for (const use of uses) {
      const kind = MADE.find((made) => made === use.kind);
      // What has a part that is wrong cannot be made either.
      if (kind === undefined || wrong.some((path) => isWithin(path, use.path))) continue;
      const used = use.path.reduce<Json>((at, key) => (at as Record<string, Json>)[key]!, config);
      if (kind === "loss" && !isModule((used as unknown as Used).uses)) continue;
      const written = JSON.stringify([kind, used]);
      if (mistakes.has(written)) wrong.push(use.path);
      if (seen.has(written)) continue;
      seen.add(written);
      try {
        await definitions[kind](used as unknown as Used);
      } catch (error) {
        mistakes.set(written, mistakeOf(error, use));
        wrong.push(use.path);
      }
    }
  }
  if (mistakes.size > 0) throw new DiagnosticError([...mistakes.values()]);
}

function isWithin(path: Path, outer: Path): boolean {
  return outer.every((part, i) => path[i] === part);
}

function mistakeOf(error: unknown, { kind, name, location, locate }: Use): Diagnostic {
  const message = error instanceof Error ? error.message : String(error);
  // The line would show what must not be shown.
  if ((error as { readonly secret?: boolean })?.secret === true) {
    return { message: `${kind} ${name} at ${formatPlace(location)}: ${message}` };
  }
  const place = error instanceof SettingMistake ? locate(error.setting.split(".")) : location;
  return { message: `${kind} ${name}: ${message}`, location: place };
}
