/** What the card of a data set says of its files: `configs` in the front matter of README.md. @module */
import { parse } from "yaml";
import type { Subset } from "./choose.ts";

/** The subsets that a card names; none where it says nothing that is known. */
export function subsetsOf(card: string | undefined): Subset[] {
  const [, front] = /^\ufeff?---\r?\n([^]*?)\r?\n---/.exec(card ?? "") ?? [];
  if (front === undefined) return [];
  let configs: unknown;
  try {
    configs = (parse(front) as { readonly configs?: unknown } | null)?.configs;
  } catch {
    return []; // a card is written for people: what is broken in it says nothing
  }
  if (!Array.isArray(configs)) return [];
  const subsets = configs.map(subsetOf);
  return subsets.every((one) => one !== undefined) ? subsets : [];
}

function subsetOf(config: unknown): Subset | undefined {
  const { config_name: name, default: isDefault, data_files: files } = (config ?? {}) as Readonly<
    Record<string, unknown>
  >;
  const splits = splitsOf(files);
  if (typeof name !== "string" || splits === undefined) return undefined;
  return { name, isDefault: isDefault === true || name === "default", splits };
}

/** A pattern, several, or either by split. */
function splitsOf(files: unknown): Record<string, readonly string[]> | undefined {
  if (isPattern(files)) return { train: [files].flat() };
  if (Array.isArray(files)) {
    const entries = files.flatMap((one) => {
      const { split, path } = (one ?? {}) as Readonly<Record<string, unknown>>;
      return typeof split === "string" && isPattern(path) ? [[split, [path].flat()] as const] : [];
    });
    return entries.length === files.length ? Object.fromEntries(entries) : undefined;
  }
  if (typeof files !== "object" || files === null) return undefined;
  const entries = Object.entries(files);
  if (!entries.every((entry): entry is [string, string | string[]] => isPattern(entry[1]))) {
    return undefined;
  }
  return Object.fromEntries(entries.map(([split, path]) => [split, [path].flat()]));
}

function isPattern(value: unknown): value is string | string[] {
  return typeof value === "string" ||
    Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string");
}
