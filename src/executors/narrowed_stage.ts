/** Stages that run in a process of their own with only some of the user's rights. @module */
import {
  DiagnosticError,
  type Job,
  type JsonObject,
  type Permissions,
  type Stage,
  type StageContext,
} from "../core/mod.ts";
import { WorkerProcess } from "./worker_process.ts";

/** Milliseconds that a stage has to end when it is told to: less than its runner has, which ends it. */
const GRACE = 3000;

/** How a narrowed stage is run. */
export interface Narrowing {
  /** The module that runs it, which takes one order and ends. */
  readonly program: string;
  /** Finds the code that it may read, and has to: files and folders. */
  readonly code: () => Promise<readonly string[]>;
}

/** What stages are given, as far as that is used here. */
// deno-lint-ignore no-explicit-any -- as for any stage
type Context<S> = StageContext<any, any, any, S>;

/**
 * A stage that runs as one does which may do all, but for what it may not do.
 *
 * @param job whose stage it is, with what it may do
 */
export function narrow<S>(
  stage: Stage<S>,
  job: Job & { readonly permissions: Permissions },
  narrowing: Narrowing,
): Stage<S> {
  return { ...stage, run: (context: Context<S>) => runNarrowed(job, context, narrowing) };
}

async function runNarrowed<S>(
  { step, key, url, uses, stage, config, files, permissions }: Parameters<typeof narrow>[1],
  { inputs, outputs, seed, signal, log, progress, record }: Context<S>,
  { program, code }: Narrowing,
): Promise<JsonObject> {
  const folders = Object.fromEntries(
    Object.entries<{ readonly directory: string }>(outputs)
      .map(([port, { directory }]) => [port, directory]),
  );
  const own = files.map((path) =>
    path.reduce<unknown>(
      (value, part) => (value as Record<string, unknown>)[part],
      config,
    ) as string
  );
  const written = Object.values(folders);
  const flags = flagsOf({
    ...permissions,
    read: [
      ...await code(),
      ...own,
      ...directoriesOf(inputs),
      ...written,
      ...permissions.read ?? [],
    ],
    write: [...written, ...permissions.write ?? []],
  });
  const process = new WorkerProcess([Deno.execPath(), "run", ...flags, program], {}, 0, GRACE);
  const end = () => process.kill(); // with whoever started it, however that ends
  globalThis.addEventListener("unload", end);
  try {
    const guest = { step, key, url, uses, stage, config, inputs, outputs: folders, seed };
    const outcome = await process.run(
      { step, key },
      (event) => {
        if (event.kind === "step-log") log(event.message);
        if (event.kind === "step-progress") progress(event.done, event.total, event.numbers);
      },
      signal,
      { guest },
      (table, rows) => record(table, rows),
    );
    if (outcome.kind === "returned") return outcome.metrics;
    throw new TypeError(`Cannot take ${outcome.kind} as what a stage gave back`);
  } catch (error) {
    throw refusalOf(error, permissions) ?? error;
  } finally {
    globalThis.removeEventListener("unload", end);
    await process.close();
  }
}

/** Options of Deno for what a process may do. What it imports is what was imported before: nothing is fetched. */
function flagsOf(permissions: Permissions): string[] {
  const allowed = Object.entries<readonly string[]>({ ...permissions }).flatMap(([kind, names]) =>
    names.length === 0 ? [] : [`--allow-${kind}=${[...new Set(names)].map(escaped).join(",")}`]
  );
  return ["--no-prompt", "--quiet", "--cached-only", ...allowed];
}

function escaped(name: string): string {
  return name.replaceAll(",", ",,");
}

/** Folders of all artifacts among inputs. */
function directoriesOf(inputs: unknown): string[] {
  if (typeof inputs !== "object" || inputs === null) return [];
  if ("directory" in inputs && typeof inputs.directory === "string") return [inputs.directory];
  return Object.values(inputs).flatMap(directoriesOf);
}

/** What Deno says where something is not allowed. */
const REFUSED = /\bRequires (\w+) access(?: to ("?)(.*?)\2)?, (?:run again with|specify)/;

/** Rights that can be given, by what they are for. */
const GIVEN: Readonly<Record<string, string>> = {
  read: "read",
  write: "write",
  net: "talk to",
  env: "read the variable",
};
/** Those that lift all others. */
const NEVER: Readonly<Record<string, string>> = {
  run: "run",
  ffi: "load the native library",
  sys: "ask the system for",
  import: "import from",
};

/** That a stage may not do what it tried, and what to write; undefined where it failed for another reason. */
function refusalOf(error: unknown, permissions: Permissions): DiagnosticError | undefined {
  const [, kind, , name = ""] = REFUSED.exec(error instanceof Error ? error.message : "") ?? [];
  if (kind === undefined) return undefined;
  const given = GIVEN[kind];
  if (given === undefined) {
    const message = `its stage may not ${NEVER[kind] ?? kind} ${name || "anything"}`;
    const hint = "no step with permissions may; without, it runs with your rights";
    return new DiagnosticError([{ message, hint }]);
  }
  const message = `its stage may not ${given} ${name || "anything"}`;
  const known = permissions[kind as keyof Permissions] ?? [];
  const names = [...known, name || "…"].join(", ");
  return new DiagnosticError([{
    message,
    hint: `if it is to, write permissions: { ${kind}: [${names}] }`,
  }]);
}
