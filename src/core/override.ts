import { type Diagnostic, DiagnosticError, suggest } from "./diagnostic.ts";
import type { Document, Json, JsonObject } from "./document.ts";
import { isMap } from "./node.ts";
import { overrideSource } from "./source.ts";
import { parseYaml } from "./yaml.ts";

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
    const written = override.slice(0, at);
    const found = resolvePath(document.value, written.split("."));
    if ("message" in found) {
      return [{ message: `override ${override}: ${found.message}`, hint: found.hint }];
    }
    try {
      const source = overrideSource(written, override.slice(at + 1));
      document.set(found.path, parseYaml(source));
      return [];
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
      return error.diagnostics;
    }
  });
}

type Found =
  | { readonly path: readonly string[] }
  | { readonly message: string; readonly hint: string };

function resolvePath(root: Json, parts: readonly string[]): Found {
  if (parts[0] === "extends") {
    const hint = "write a file that extends that pipeline, or set values one by one";
    return { message: "what a pipeline extends is part of its file", hint };
  }
  const path: string[] = [];
  let value: Json = root;
  for (const [i, part] of parts.entries()) {
    const written = parts.slice(0, i + 1).join("."), last = i === parts.length - 1;
    if (typeof value !== "object") {
      const hint = `leave out ${parts.slice(i).map((name) => `.${name}`).join("")}`;
      return { message: `${parts.slice(0, i).join(".")} is a value, with nothing in it`, hint };
    }
    const container = (value ?? {}) as JsonObject;
    const inLoop = path.length > 0 && !has(container, part) && has(container.steps, part);
    if (inLoop) {
      path.push("steps", part);
      value = (container.steps as JsonObject)[part]!;
      continue;
    }
    // A step takes settings that were not given before; a list and the parameters, what is there.
    const mayAdd = last ? path[0] !== "params" && !Array.isArray(value) : OPTIONAL_KEYS.has(part);
    if (!has(container, part) && (!mayAdd || part === "" || part === "__proto__")) {
      const inside = path.length > 0 && isMap(container.steps) ? container.steps : container;
      const known = Object.keys(inside);
      return { message: `there is no ${written}`, hint: suggest(part, known) };
    }
    path.push(part);
    value = has(container, part) ? container[part]! : {};
  }
  return { path };
}

/** Keys that a step may leave out, so that an override may add something below them. */
const OPTIONAL_KEYS: ReadonlySet<string> = new Set(["with", "in", "matrix"]);

function has(container: Json | undefined, key: string): boolean {
  return typeof container === "object" && container !== null && Object.hasOwn(container, key) &&
    !(Array.isArray(container) && key === "length");
}
