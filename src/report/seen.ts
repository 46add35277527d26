/** Whether policies were measured on what they were trained on. @module */
import { join } from "node:path";
import { ifThere, type Store } from "../core/mod.ts";
import type { StepView } from "./run_view.ts";

/** Stages whose policies come from elsewhere: what is told is of the run. */
const SOURCES: ReadonlySet<string | undefined> = new Set(["load_policy", "download_policy"]);

/** Kinds of inputs that have no problems to train on, and that which has. */
const OTHERS = ["policy", "optimizer", "rewards", "promotion", "proposals", "evaluation"];

/**
 * Of evaluated sets of problems, by their digest: how many of the problems a policy was trained on in the run. Nothing is
 * known where a step that gives a policy may have read something else.
 */
export function seenProblems(
  store: Store,
  steps: readonly Pick<StepView, "key" | "stage" | "outputs" | "findings">[],
): Record<string, number> {
  const reader = new Reader(store), trained = new Set<string>();
  for (const step of steps) {
    const gives = Object.values(step.outputs).flat().map((digest) => reader.kind(digest));
    if (gives.includes(undefined)) return {};
    if (!gives.includes("policy") || SOURCES.has(step.stage)) continue;
    const inputs = reader.inputs(step.key);
    if (inputs === undefined || inputs.length === 0) return {};
    for (const digest of inputs) {
      const kind = reader.kind(digest);
      if (kind === "problems") { for (const text of reader.problems(digest)) trained.add(text); }
      else if (kind === undefined || !OTHERS.includes(kind)) return {};
    }
  }
  const seen: Record<string, number> = {};
  for (const { key, findings } of steps) {
    const set = findings.evaluation?.asked;
    if (set === undefined || seen[set] !== undefined) continue;
    const texts = (reader.inputs(key) ?? []).flatMap((digest) => [...reader.problems(digest)]);
    if (texts.length > 0) seen[set] = texts.filter((text) => trained.has(text)).length;
  }
  return seen;
}

/** Reads each artifact once. */
class Reader {
  readonly #store: Store;
  readonly #kinds = new Map<string, string | undefined>();
  readonly #problems = new Map<string, ReadonlySet<string>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Undefined where it is not there, or damaged. */
  kind(digest: string): string | undefined {
    if (!this.#kinds.has(digest)) this.#kinds.set(digest, kindOf(this.#store, digest));
    return this.#kinds.get(digest);
  }

  problems(digest: string): ReadonlySet<string> {
    const known = this.#problems.get(digest) ?? problemsOf(this.#store, digest);
    this.#problems.set(digest, known);
    return known;
  }

  /** Digests of what a step read; undefined where that is not known, or files were among it. */
  inputs(key: string | undefined): string[] | undefined {
    const parts = key === undefined ? undefined : this.#store.readAction(key)?.parts;
    if (parts === undefined) return undefined;
    const { config, inputs } = parts;
    // As keyParts writes a file of the settings.
    const readsFiles = /\{"digest":"[0-9a-f]{64}"\}/.test(JSON.stringify(config));
    return readsFiles ? undefined : Object.values(inputs).flat();
  }
}

function kindOf(store: Store, digest: string): string | undefined {
  const manifest = parsed(() =>
    Deno.readTextFileSync(join(store.directoryOf(digest), "manifest.json"))
  );
  const { kind } = (manifest ?? {}) as { readonly kind?: unknown };
  return typeof kind === "string" ? kind : undefined;
}

/** The texts of an artifact's problems; none where it has no problems. */
function problemsOf(store: Store, digest: string): ReadonlySet<string> {
  const path = join(store.directoryOf(digest), "problems.jsonl");
  const lines = (ifThere(() => Deno.readTextFileSync(path)) ?? "").split("\n");
  return new Set(lines.flatMap((line) => {
    const row = parsed(() => line) as { readonly problem?: unknown } | undefined;
    return typeof row?.problem === "string" ? [row.problem] : [];
  }));
}

function parsed(read: () => string): unknown {
  const text = ifThere(read);
  try {
    return text === undefined || text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined; // damaged: a run would find out
  }
}
