/** What a step's stage may do, where the pipeline narrows it. @module */
import { clip, show } from "./diagnostic.ts";
import type { Json, Path } from "./document.ts";
import type { Variables } from "./interpolate.ts";
import { isMap } from "./node.ts";
import type { Reader } from "./reader.ts";

/** What a narrowed stage may do besides reading its inputs and writing its outputs; of what is not there, nothing. */
export interface Permissions {
  /** Files and folders that it may read, absolute. */
  readonly read?: readonly string[];
  /** Files and folders that it may write, absolute. */
  readonly write?: readonly string[];
  /** Hosts that it may talk to, with a port where just that is meant. */
  readonly net?: readonly string[];
  /** Variables of the environment that it may read. */
  readonly env?: readonly string[];
}

/** What a permission names, and what to write where something is none. */
const NAMES = {
  read: { pattern: /^[^,\0]+$/, hint: "write a path without a comma" },
  write: { pattern: /^[^,\0]+$/, hint: "write a path without a comma" },
  net: { pattern: /^[\w.:*[\]-]+$/, hint: "write a host: example.com, or 127.0.0.1:8080" },
  env: { pattern: /^\w+\*?$/, hint: "write the name of a variable: HF_TOKEN" },
} as const satisfies Readonly<Record<keyof Permissions, unknown>>;

/**
 * Reads what a step's stage may do.
 *
 * @param written what the step says
 * @param path where that stands
 * @param absolute makes a path absolute that stands somewhere
 * @returns undefined when a mistake was told
 */
export function readPermissions(
  written: Json,
  path: Path,
  variables: Variables,
  reader: Reader,
  absolute: (written: string, path: Path) => string,
): Permissions | undefined {
  const given = reader.interpolate(written, variables, (at) => [...path, ...at]);
  if (given === undefined) return undefined;
  const permissions: Partial<Record<keyof Permissions, string[]>> = {};
  let wrong = false;
  for (const [kind, list] of Object.entries(isMap(given) ? given : {})) {
    const { pattern, hint } = NAMES[kind as keyof Permissions];
    const isPath = kind === "read" || kind === "write";
    permissions[kind as keyof Permissions] = (list as readonly Json[]).map((value, i) => {
      const at = [...path, kind, i];
      const text = isPath && typeof value === "string" ? absolute(value, at) : String(value);
      if (typeof value === "string" && pattern.test(text)) return text;
      wrong = true;
      reader.tell(`${kind} has ${clip(show(value), 80)}`, at, hint);
      return "";
    });
  }
  return wrong ? undefined : permissions;
}
