/** What steps found, out of the files of their results: a file of a user's may have such a name, and say something else. @module */
import { join } from "node:path";
import { ifThere, type JsonObject, type Store } from "../core/mod.ts";
import type { Evaluation } from "../rl/evaluation.ts";
import { isNumber } from "./aggregate.ts";
import type { Findings, NamedEvaluation } from "./run_view.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Kinds of artifacts that are looked into, which have a file of their name, and what of it can be shown. */
const READERS: { readonly [K in keyof Findings]-?: (value: JsonObject) => Findings[K] } = {
  evaluation: (value) => isEvaluation(value) ? value : undefined,
  rewards: ({ rewards }: Fields) =>
    isArray(rewards) && rewards.length > 0 && rewards.every(isNumber) ? { rewards } : undefined,
  promotion: ({ promoted, average }: Fields) =>
    typeof promoted === "boolean" && isNumber(average) ? { promoted, average } : undefined,
  proposals: (value) => isNumber(value["drawn"]) ? value : undefined,
  report: ({ evaluations, series }: Fields) => {
    const named = isArray(evaluations) ? evaluations.filter(isNamed) : [];
    const lists = isArray(series) ? series.flatMap(seriesIn) : [];
    return named.length + lists.length === 0 ? undefined : { evaluations: named, series: lists };
  },
};

/** What results have, by their digests; nothing of what is damaged. */
export function findingsOf(store: Store, digests: readonly string[]): Findings {
  const found: Partial<Record<string, unknown>> = {};
  for (const digest of digests) {
    const directory = store.directoryOf(digest);
    const names = ifThere(() => [...Deno.readDirSync(directory)].map(({ name }) => name)) ?? [];
    for (const [kind, read] of Object.entries(READERS)) {
      if (found[kind] !== undefined || !names.includes(`${kind}.json`)) continue;
      const value = readJson(join(directory, `${kind}.json`));
      const known = isMap(value) ? read(value) : undefined;
      if (known !== undefined) found[kind] = known;
    }
  }
  return found;
}

function readJson(path: string): unknown {
  const text = ifThere(() => Deno.readTextFileSync(path));
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined; // damaged, or another's: a run would find out
  }
}

const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value);

function isMap(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !isArray(value);
}

function isEvaluation(value: unknown): value is Evaluation {
  if (!isMap(value)) return false;
  const { problems, accuracy, interval, pass_at, results, sampling, asked }: Fields = value;
  return isNumber(problems) && isNumber(accuracy) &&
    isArray(interval) && interval.length === 2 && interval.every(isNumber) &&
    isMap(pass_at) && Object.values(pass_at).every(isNumber) &&
    isArray(results) && results.every(isResult) &&
    isMap(sampling) && (asked === undefined || typeof asked === "string");
}

function isResult(value: unknown): boolean {
  return isMap(value) && typeof value["id"] === "string" &&
    isNumber(value["correct"]) && isNumber(value["samples"]);
}

function seriesIn(value: unknown): { name: string; evaluations: readonly Evaluation[] }[] {
  if (!isMap(value)) return [];
  const { name, evaluations }: Fields = value;
  if (typeof name !== "string" || !isArray(evaluations)) return [];
  return [{ name, evaluations: evaluations.filter(isEvaluation) }];
}

function isNamed(value: unknown): value is NamedEvaluation {
  return isEvaluation(value) && "name" in value && typeof value.name === "string";
}
