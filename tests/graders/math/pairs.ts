/** Pairs of answers that say the same, and pairs that nearly do, by kind; at least as many of these. @module */
import { fileURLToPath } from "node:url";

/** Answers of a kind. */
export interface Kind {
  readonly equal: readonly Pair[];
  readonly different: readonly Pair[];
}

/** Two answers. */
export type Pair = readonly [string, string];

const FILES = ["numbers", "quantities", "expressions", "structures", "texts", "mixed"];

/** A table of pairs: `# kind` before lines such as `1/2 ≡ 0.5` and `1/2 ≢ 0.2`. */
export function readPairs(file: string): Record<string, Kind> {
  const kinds: Record<string, { equal: Pair[]; different: Pair[] }> = {};
  const path = fileURLToPath(new URL(`pairs/${file}.txt`, import.meta.url));
  let kind: string | undefined;
  for (const line of Deno.readTextFileSync(path).split("\n").slice(1)) {
    if (line.startsWith("# ")) kinds[kind = line.slice(2)] = { equal: [], different: [] };
    else if (line !== "") {
      const [, a, sign, b] = /^(.*) ([≡≢]) (.*)$/.exec(line) ?? [];
      if (a === undefined || kind === undefined) throw new TypeError(`${file}: ${line}`);
      kinds[kind]![sign === "≡" ? "equal" : "different"].push([a, b!]);
    }
  }
  return kinds;
}

export const KINDS: Readonly<Record<string, Kind>> = Object.assign({}, ...FILES.map(readPairs));
