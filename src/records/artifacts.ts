/** Artifacts by what people call them: the beginning of a digest, or the output of a step. @module */
import { join } from "node:path";
import { DiagnosticError, type Manifest, type Store } from "../core/mod.ts";
import { listRuns, readEvents } from "./runs.ts";
import { chooseStep, isMeant } from "./step_names.ts";
import type { RunStep } from "./steps.ts";

/** Characters of a digest that tell it apart well enough to be looked for. */
const SHORTEST = 4;

/** The artifacts whose digests begin with a text; none where the text is no digest's, or too short. */
export function artifactsOf(store: Store, wanted: string): string[] {
  const isDigest = wanted.length >= SHORTEST && /^[0-9a-f]{4,64}$/.test(wanted);
  return isDigest ? store.artifactsLike(wanted) : [];
}

/**
 * The artifact that `step.port`, or `step.port[0]` of a list, is in a run; undefined where no step is named.
 *
 * @param where the steps are, for a message
 * @throws {DiagnosticError} where the step has no such output, or several are meant
 */
export function outputOf(
  steps: readonly Pick<RunStep, "step" | "outputs">[],
  wanted: string,
  where: string,
): string | undefined {
  const at = wanted.lastIndexOf(".");
  const word = wanted.slice(0, Math.max(at, 0)), written = wanted.slice(at + 1);
  const ids = steps.map(({ step }) => step);
  if (!ids.some((id) => isMeant(word, id))) return undefined;
  const id = chooseStep(ids, word, where), step = steps.find((one) => one.step === id)!;
  const [, port = written, index] = /^(\w+)\[(\d+)\]$/.exec(written) ?? [];
  const made = Object.hasOwn(step.outputs, port) ? step.outputs[port]! : undefined;
  const fail = (message: string, hint: string): never => {
    throw new DiagnosticError([{ message, hint }]);
  };
  if (made === undefined) {
    const names = Object.keys(step.outputs).join(", ");
    const hint = names === "" ? "it has no result in this run" : `outputs: ${names}`;
    return fail(`${id} has no output ${port}`, hint);
  }
  if (typeof made === "string") {
    return index === undefined ? made : fail(`${id}.${port} is one output`, `leave out [${index}]`);
  }
  const item = index === undefined ? undefined : made[Number(index)];
  if (item !== undefined) return item;
  const hint = made.length === 0 ? "name another output" : `write ${id}.${port}[0]`;
  return fail(`${id}.${port} is a list of ${made.length}, counted from 0`, hint);
}

/** A step that made an artifact, or found it, in a run. */
export interface Maker {
  readonly run: string;
  readonly step: string;
  /** The output that it is, such as `policy`, or `datasets[0]` of a list. */
  readonly port: string;
  readonly cached: boolean;
}

/** The steps of all runs that have an artifact as an output, the latest run first. */
export function makersOf(store: Store, digest: string): Maker[] {
  const line = (text: string) => text.includes('"kind":"step-finished"') && text.includes(digest);
  return listRuns(store).flatMap(({ id }) =>
    readEvents(store, id, line).flatMap((event) =>
      event.kind !== "step-finished"
        ? []
        : Object.entries(event.outputs).flatMap(([port, made]) => {
          const { step, cached } = event;
          if (typeof made === "string") {
            return made === digest ? [{ run: id, step, port, cached }] : [];
          }
          const items = made.flatMap((item, i) => item === digest ? [i] : []);
          return items.map((i) => ({ run: id, step, port: `${port}[${i}]`, cached }));
        })
    )
  );
}

/** How an artifact's file begins. */
export interface Beginning {
  readonly name: string;
  readonly lines: readonly string[];
  /** Whether the file has more. */
  readonly more: boolean;
}

/** Bytes of a file that are looked at. */
const LOOK = 4096;
/** Lines of a file that are shown, and characters of a line. */
const LINES = 6, WIDTH = 200;
/** Files that are shown. */
const SHOWN = 3;

/** How the text files of an artifact begin, the first few. */
export function beginnings(store: Store, digest: string, { files }: Manifest): Beginning[] {
  const found: Beginning[] = [];
  for (const [name, { size }] of Object.entries(files)) {
    if (found.length === SHOWN) break;
    const text = beginningOf(join(store.directoryOf(digest), name));
    if (text === undefined || text === "") continue;
    const all = text.split("\n");
    if (all.at(-1) === "") all.pop();
    const lines = all.slice(0, LINES);
    const more = size > LOOK || all.length > LINES || lines.some((line) => line.length > WIDTH);
    found.push({ name, lines: lines.map((line) => line.slice(0, WIDTH)), more });
  }
  return found;
}

/** Text that a file begins with; undefined where it is none, or cannot be read. */
function beginningOf(path: string): string | undefined {
  const bytes = new Uint8Array(LOOK);
  try {
    using file = Deno.openSync(path);
    const read = file.readSync(bytes) ?? 0;
    const text = new TextDecoder("utf-8", { fatal: true })
      .decode(bytes.subarray(0, read), { stream: true }); // a character may be cut at the end
    // deno-lint-ignore no-control-regex
    return /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
