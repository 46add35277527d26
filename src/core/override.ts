import { clip, type Diagnostic, DiagnosticError, suggest } from "./diagnostic.ts";
import type { Document, Json, JsonObject } from "./document.ts";
import { isMap } from "./node.ts";
import { type Location, Override } from "./source.ts";
import { parseYaml } from "./yaml.ts";

/** A path that leads nowhere. */
export interface Unplaced {
  readonly override: Override;
  readonly names: readonly string[];
  /** Index of the name that is not there. */
  readonly part: number;
  /** Names that are there. */
  readonly known: readonly string[];
}

/** What to write instead of a path that leads nowhere; undefined where nothing is known of it. */
export type Advice = (unplaced: Unplaced) => string | undefined;

/**
 * Applies `path=value` overrides to a document. Inside a loop `steps` may be left out of the path:
 * `steps.meta.reward.uses=…`. The value is read as YAML.
 *
 * @param advise knows of paths that lead nowhere
 * @returns what is wrong with the overrides; the others are applied
 */
export function applyOverrides(
  document: Document,
  overrides: readonly string[],
  advise: Advice = () => undefined,
): Diagnostic[] {
  return withoutSpaces(overrides).flatMap((text) => {
    const override = new Override(text), at = text.indexOf("=");
    const whole = override.place(0, text.length);
    if (SPACED.test(text)) {
      const hint = `write ${clip(text.replace(SPACED, "$1=$2"), 80)}`;
      return [{ message: "an override has no spaces around =", location: whole, hint }];
    }
    if (at <= 0) return [{ ...withoutValue(text), location: whole }];
    const written = text.slice(0, at);
    if (text.slice(at + 1).trim() === "") {
      const hint = `write ${written}=null for nothing, or ${written}='""' for an empty text`;
      return [{ message: `${written} is given no value`, location: whole, hint }];
    }
    const names = written.split(".");
    let from = 0;
    const keys = names.map((name) => {
      const key = override.place(from, from + name.length);
      from += name.length + 1;
      return key;
    });
    const found = resolvePath(document.value, names);
    if ("message" in found) {
      const { message, part, known } = found;
      const hint = known === undefined
        ? found.hint
        : spelled(text, names[part]!) ?? advise({ override, names, part, known }) ??
          suggest(names[part]!, known);
      return [{ message, hint, location: keys[part]! }];
    }
    try {
      const value = parseYaml(override.rest(at + 1));
      document.set(found.path, value, found.parts.map((part): Location => keys[part]!));
      return [];
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
      return error.diagnostics;
    }
  });
}

/** `path = value`, `path= value` and `path: value`. */
const SPACED = /^([\w.-]+)(?: ?[=:] | =)(\S+)$/;

/** Overrides, with those in one that were typed with spaces. */
function withoutSpaces(overrides: readonly string[]): string[] {
  const made: string[] = [];
  for (let i = 0; i < overrides.length;) {
    const words = [3, 2, 1].find((count) => {
      const parts = overrides.slice(i, i + count), last = parts.at(-1)!;
      return count === 1 ||
        parts.length === count && SPACED.test(parts.join(" ")) && !/.=/.test(last);
    })!;
    made.push(overrides.slice(i, i + words).join(" "));
    i += words;
  }
  return made;
}

/** What is wrong with an argument that gives nothing a value. */
function withoutValue(text: string): Pick<Diagnostic, "message" | "hint"> {
  if (/\.ya?ml$/.test(text)) {
    const hint =
      "write one pipeline, then path=value; extends: in a file lays pipelines over others";
    return { message: `${text} is a second pipeline`, hint };
  }
  if (text.startsWith("=")) {
    return { message: "there is no path before =", hint: "write path=value, without spaces" };
  }
  const [, path, value] = /^([\w.]+):\s*(\S.*)$/.exec(text) ?? [];
  const hint = path === undefined
    ? `write ${/^[a-z_][\w.]*$/i.test(text) ? clip(text, 80) : "path"}=value, without spaces`
    : `write ${path}=${value}`;
  return { message: `${clip(text, 80)} has no value`, hint };
}

type Found =
  | {
    readonly path: readonly string[];
    /** The parts of what was written that those of the path are. */
    readonly parts: readonly number[];
  }
  | {
    readonly message: string;
    /** The part that is wrong. */
    readonly part: number;
    readonly hint?: string;
    /** What there is instead of it. */
    readonly known?: readonly string[];
  };

function resolvePath(root: Json, names: readonly string[]): Found {
  if (names[0] === "extends") {
    const hint = "write a file that extends that pipeline, or set values one by one";
    return { message: "what a pipeline extends is part of its file", hint, part: 0 };
  }
  const path: string[] = [], parts: number[] = [];
  let value: Json = root;
  for (const [i, name] of names.entries()) {
    const written = names.slice(0, i + 1).join("."), last = i === names.length - 1;
    if (typeof value !== "object") {
      const hint = `leave out ${names.slice(i).map((name) => `.${name}`).join("")}`;
      const message = `${names.slice(0, i).join(".")} is a value, with nothing in it`;
      return { message, hint, part: i };
    }
    const container = (value ?? {}) as JsonObject;
    const inLoop = path.length > 0 && !has(container, name) && has(container.steps, name);
    if (inLoop) {
      path.push("steps", name);
      parts.push(i, i);
      value = (container.steps as JsonObject)[name]!;
      continue;
    }
    // A step takes settings that were not given before; a list and the parameters, what is there.
    const mayAdd = last ? path[0] !== "params" && !Array.isArray(value) : OPTIONAL_KEYS.has(name);
    if (!has(container, name) && (!mayAdd || !/^\w[\w-]*$/.test(name) || name === "__proto__")) {
      const inside = path.length > 0 && isMap(container.steps) ? container.steps : container;
      return { message: `there is no ${clip(written, 80)}`, part: i, known: Object.keys(inside) };
    }
    path.push(name);
    parts.push(i);
    value = has(container, name) ? container[name]! : {};
  }
  return { path, parts };
}

/** What is written here of a name in another tool's spelling. */
function spelled(text: string, name: string): string | undefined {
  const [sign] = /^(\+\+?|-+)/.exec(name) ?? [];
  if (sign !== undefined && text.startsWith(sign)) {
    return `write ${clip(text.slice(sign.length), 80)}, without ${sign}`;
  }
  const [, around, inside] = /^(\w+)\[(\w+)\]$/.exec(name) ?? [];
  return around === undefined ? undefined : `write ${around}.${inside}`;
}

/** Keys that a step may leave out, so that an override may add something below them. */
const OPTIONAL_KEYS: ReadonlySet<string> = new Set(["with", "in", "matrix", "resources"]);

function has(container: Json | undefined, key: string): boolean {
  return typeof container === "object" && container !== null && Object.hasOwn(container, key) &&
    !(Array.isArray(container) && key === "length");
}
