/** What every command starts with: a pipeline file, overrides and a store become a plan. @module */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  applyOverrides,
  CodeDigests,
  DiagnosticError,
  Document,
  makePlan,
  type Plan,
  type Store,
} from "../core/mod.ts";
import { CATALOGUE } from "../../stages/catalogue.ts";
import type { Services } from "../../stages/stage.ts";
import denoConfig from "../../deno.json" with { type: "json" };

/** Options of the commands that read a pipeline. */
export interface ProjectOptions {
  readonly store: string;
  readonly set: readonly string[];
}

/**
 * Reads and checks a pipeline.
 *
 * @param overrides `path=value`, from after the file name and from `--set`
 * @throws {DiagnosticError} with everything that is wrong
 */
export function openPipeline(file: string, overrides: readonly string[]): Plan<Services> {
  const document = Document.parse(file, readPipeline(file));
  const problems = applyOverrides(document, overrides);
  if (problems.length > 0) throw new DiagnosticError(problems);
  return makePlan(document, CATALOGUE, dirname(resolve(file)));
}

/** Bytes of a pipeline file that are read: more than a document may have characters, and no endless device. */
const MAX_BYTES = 2 ** 25;

function readPipeline(file: string): string {
  const fail = (problem: string, hint: string): never => {
    throw new DiagnosticError([{ message: `cannot read pipeline ${file}: ${problem}`, hint }]);
  };
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    // Whoever opens a pipe waits for a writer; that of a shell's <(…) is there, and has no name of its own.
    if (isNamedPipe(file)) return fail("it is a pipe", "name a YAML file");
    using opened = Deno.openSync(file);
    for (let read: number | null = 0; read !== null && size <= MAX_BYTES;) {
      const chunk = new Uint8Array(1 << 16);
      read = opened.readSync(chunk);
      chunks.push(chunk.subarray(0, read ?? 0));
      size += read ?? 0;
    }
  } catch (error) {
    if (error instanceof DiagnosticError) throw error;
    return fail((error as Error).message, "pipelines lie in pipelines/");
  }
  if (size > MAX_BYTES) return fail(`it has more than ${MAX_BYTES} bytes`, "name a YAML file");
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes); // a byte order mark is left out
  } catch {
    return fail(`byte ${firstInvalid(bytes)} is not UTF-8`, "save it as UTF-8");
  }
}

function isNamedPipe(file: string): boolean {
  try {
    return Deno.lstatSync(Deno.realPathSync(file)).isFifo === true;
  } catch {
    return false; // opening it tells what is wrong
  }
}

/** Offset of the first byte that is no UTF-8, counted from 0. */
function firstInvalid(bytes: Uint8Array<ArrayBuffer>): number {
  const isValid = (length: number) => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let low = 0, high = bytes.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (isValid(middle)) low = middle;
    else high = middle;
  }
  return low;
}

const root = new URL("../../", import.meta.url);

/** Digest of a stage's code, by name; what was read for it is remembered in the store, where there is one. */
export function codeDigests(store?: Store): (stage: string) => string {
  const memo = store?.exists ? join(store.directory, "memo", "code.json") : undefined;
  const digests = new CodeDigests(fileURLToPath(root), denoConfig.imports, memo);
  const known = new Map<string, string>();
  return (stage) => {
    let digest = known.get(stage);
    if (digest === undefined) {
      known.set(stage, digest = digests.of(new URL(`stages/${stage}.ts`, root).href));
    }
    return digest;
  };
}
