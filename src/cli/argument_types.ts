/** Values of options, as they are typed. @module */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { parseAmount, parseSize, type Resources } from "../core/mod.ts";

/** An integer from 1 on. */
export function toCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError("Give an integer from 1 on.");
}

/** An integer from 0 on. */
export function toIndex(text: string): number {
  const index = Number(text);
  if (text !== "" && Number.isInteger(index) && index >= 0) return index;
  throw new InvalidArgumentError("Give an integer from 0 on.");
}

/** Bytes, such as `80GiB`. */
export function toBytes(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) throw new InvalidArgumentError("Give a size, such as 80GiB.");
  return bytes;
}

/** A number above 0. */
export function toRate(text: string): number {
  const rate = Number(text);
  if (rate > 0 && rate < Infinity) return rate;
  throw new InvalidArgumentError("Give a number above 0.");
}

/** An option that may be given often. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

/** A port to listen at; 0 is any that is free. */
export function toPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("Give a port, from 0 (any that is free) to 65535.");
}

/** Amounts by name, such as `gpu=2,judges=4`. */
export function toResources(text: string): Resources {
  const fail = (hint: string): never => {
    throw new InvalidArgumentError(hint);
  };
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [, name, , written] = /^\s*([a-z][a-z0-9_]*)\s*(=\s*(.+?)\s*)?$/.exec(part) ?? [];
      if (name === undefined) return fail("Give amounts by name, such as gpu=2,memory=64GiB.");
      if (name === "jobs" || name === "here") {
        return fail(`${name} is no resource: --jobs N says how many steps run at a time.`);
      }
      if (written === undefined) {
        return fail(`Give ${name} an amount: ${name}=${name === "memory" ? "64GiB" : 2}.`);
      }
      const amount = parseAmount(name, asNumber(written));
      if (amount !== undefined) return [name, amount];
      return fail(
        name === "memory"
          ? "Give memory a size, such as memory=64GiB."
          : `Give ${name} a number from 0 on: ${name}=2.`,
      );
    }),
  );
}

function asNumber(text: string): number | string {
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}
