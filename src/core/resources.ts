/** What jobs take, and what there is of it. @module */
import { clip, DiagnosticError, type Location, show } from "./diagnostic.ts";
import type { Json, JsonObject, Path } from "./document.ts";
import type { Variables } from "./interpolate.ts";
import { NAME } from "./label.ts";
import type { Reader } from "./reader.ts";

/** Amounts by name, such as `cpu`, `gpu` and `memory` (bytes): what a job takes, what an executor has. */
export type Resources = Readonly<Record<string, number>>;

/** The first of what is taken that there is not enough of. */
export function shortOf(takes: Resources, has: Resources): string | undefined {
  return Object.keys(takes).find((name) => takes[name]! > (has[name] ?? 0));
}

/** Amounts more, or with `sign` -1 less. */
export function plus(has: Resources, takes: Resources, sign: 1 | -1 = 1): Resources {
  const sum: Record<string, number> = { ...has };
  for (const [name, amount] of Object.entries(takes)) {
    sum[name] = (sum[name] ?? 0) + sign * amount;
  }
  return sum;
}

/** What a step takes of what there is: one GPU where graphs run on these, and none elsewhere. */
export function demandOn(capacity: Resources, { gpu, ...others }: Resources): Resources {
  return capacity.gpu === undefined ? others : { ...others, gpu: gpu ?? 1 };
}

/**
 * That something takes more than there is.
 *
 * @param name of what it takes too much of
 * @param who takes it, where that is not told anyway
 */
export function tooMuch(
  name: string,
  takes: Resources,
  has: Resources,
  location: Location,
  who = "it",
): DiagnosticError {
  const there = has[name] === undefined ? "none" : formatAmount(name, has[name]);
  const message = `${who} takes ${formatAmount(name, takes[name]!)}, and there is ${there}`;
  const hint = `let it take less (resources: { ${name}: … }), or say what there is: --resources`;
  return new DiagnosticError([{ message, hint: `${hint} ${name}=…`, location }]);
}

/** Where nothing is said. */
const ONE_CPU: Resources = { cpu: 1 };

/** Amounts that are told as sizes. */
const SIZES: ReadonlySet<string> = new Set(["memory"]);

/** An amount as people read it. */
export function formatAmount(name: string, amount: number): string {
  if (!SIZES.has(name)) return `${amount} ${name}`;
  return `${Number((amount / 2 ** 30).toPrecision(3))} GiB of ${name}`;
}

/** An amount as it is written: a number, or for memory a size such as `8GiB`; undefined when it is none. */
export function parseAmount(name: string, written: Json): number | undefined {
  const amount = SIZES.has(name) ? parseSize(String(written)) : written;
  const isOne = typeof amount === "number" && Number.isFinite(amount) && amount >= 0;
  return isOne ? amount : undefined;
}

/** Bytes of a size such as `8GiB`, `512 MiB`; undefined when a text is none. */
export function parseSize(text: string): number | undefined {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*([MGT])i?B?$/i.exec(text.trim()) ?? [];
  if (count === undefined) return undefined;
  return Number(count) * 1024 ** { M: 2, G: 3, T: 4 }[unit!.toUpperCase() as "M" | "G" | "T"];
}

/**
 * Reads what a step takes.
 *
 * @param written what it says, or undefined
 * @param path where that stands
 * @param declared what its stage says
 * @returns undefined when a mistake was told
 */
export function readResources(
  written: JsonObject | undefined,
  path: Path,
  declared: Resources | undefined,
  variables: Variables,
  reader: Reader,
): Resources | undefined {
  const given = reader.settings(written ?? {}, variables, (at) => [...path, ...at]);
  if (given === undefined) return undefined;
  const takes: Record<string, number> = { ...ONE_CPU, ...declared };
  let wrong = false;
  for (const [name, value] of Object.entries(given)) {
    const amount = NAME.test(name) && !RESERVED.has(name) ? parseAmount(name, value) : undefined;
    if (amount !== undefined) {
      takes[name] = amount;
      continue;
    }
    wrong = true;
    if (RESERVED.has(name)) {
      reader.tellKey(`${name} is no resource of a step`, [...path, name], "use another name");
    } else if (!NAME.test(name)) {
      const hint = "use a-z, 0-9 and _, a letter first";
      reader.tellKey(`${clip(name, 80)} is no name of a resource`, [...path, name], hint);
    } else {
      const hint = SIZES.has(name) ? "write a size: 512MiB, 8GiB" : "write a number from 0 on";
      reader.tell(`resources: ${name} is ${show(value)}`, [...path, name], hint);
    }
  }
  return wrong ? undefined : takes;
}

/** Amounts that a run counts by itself. */
const RESERVED: ReadonlySet<string> = new Set(["jobs", "here"]);
