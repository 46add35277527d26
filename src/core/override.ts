import { parse } from "yaml";
import { type Diagnostic, suggest } from "./diagnostic.ts";
import type { Document, Json, JsonObject } from "./document.ts";

/**
 * Applies `path=value` overrides to a document. Inside a loop `steps` may be left out of the path:
 * `steps.meta.reward.uses=…`. The value is read as YAML.
 *
 * @returns what is wrong with the overrides; the others are applied
 */
export function applyOverrides(document: Document, overrides: readonly string[]): Diagnostic[] {
  return overrides.flatMap((override) => {
    const at = override.indexOf("=");
    if (at <= 0) {
      return [{ message: `override ${override} has no value`, hint: "write path=value" }];
    }
    const found = resolvePath(document.value, override.slice(0, at).split("."));
    if (!Array.isArray(found)) {
      const { message, hint } = found as { message: string; hint: string };
      return [{ message: `override ${override}: ${message}`, hint }];
    }
    try {
      document.set(found as string[], parse(override.slice(at + 1)) as Json);
      return [];
    } catch (error) {
      const hint = "quote the value as YAML wants it";
      return [{ message: `override ${override}: ${(error as Error).message}`, hint }];
    }
  });
}

function resolvePath(
  root: Json,
  parts: readonly string[],
): string[] | { message: string; hint: string } {
  const path: string[] = [];
  let value: Json = root;
  for (const [i, part] of parts.entries()) {
    const container: JsonObject = isObject(value) ? value : {};
    const inLoop = isObject(container.steps) && path.length > 0 && !(part in container) &&
      part in container.steps;
    if (inLoop) {
      path.push("steps", part);
      value = (container.steps as JsonObject)[part]!;
      continue;
    }
    const last = i === parts.length - 1;
    if (!(part in container) && !last && !OPTIONAL_KEYS.has(part)) {
      const known = Object.keys(isObject(container.steps) ? container.steps : container);
      return {
        message: `there is no ${parts.slice(0, i + 1).join(".")}`,
        hint: suggest(part, known),
      };
    }
    if (last && path[0] === "params" && !(part in container)) {
      return {
        message: `there is no ${parts.join(".")}`,
        hint: suggest(part, Object.keys(container)),
      };
    }
    path.push(part);
    value = container[part] ?? {};
  }
  return path;
}

/** Keys that a step may leave out, so that an override may add something below them. */
const OPTIONAL_KEYS: ReadonlySet<string> = new Set(["with", "in", "matrix"]);

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
