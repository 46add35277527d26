/** Files of pipelines. @module */
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { closest, DiagnosticError, isOsError, osReason, type PipelineText } from "../core/mod.ts";

/** Bytes of a pipeline file that are read: more than a document may have characters, and no endless device. */
const MAX_BYTES = 2 ** 25;

/**
 * Opens a pipeline file.
 *
 * @param directory of the file that names it; its name in messages is then by that file's
 * @throws {DiagnosticError} when it cannot be read
 */
export function openFile(name: string, directory?: string): PipelineText {
  const file = directory === undefined || isAbsolute(name) ? name : nearest(directory, name);
  const text = readText(file, directory !== undefined);
  return { id: realPath(file), file, text, directory: dirname(resolve(file)) };
}

function realPath(file: string): string {
  try {
    return Deno.realPathSync(file);
  } catch {
    return resolve(file); // that of a shell's <(…)
  }
}

/** A path from the working directory, where that is no longer. */
function nearest(directory: string, name: string): string {
  const whole = resolve(directory, name), short = relative(Deno.cwd(), whole) || ".";
  return short.length < whole.length ? short : whole;
}

/** @param isExtended by another, which is not what to name instead */
function readText(file: string, isExtended: boolean): string {
  const fail = (problem: string, hint: string): never => {
    throw new DiagnosticError([{ message: `cannot read pipeline ${file}: ${problem}`, hint }]);
  };
  if (file === "") return fail("its name is empty", "name a YAML file");
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
    if (!isOsError(error)) throw error;
    const hint = likeNamed(file) ??
      (isExtended ? "name a YAML file by its path from this one" : pipelineLike(file));
    return fail(osReason(error), hint);
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

/** The name of a pipeline without folders and ending. */
function stem(file: string): string {
  return basename(file).replace(/\.ya?ml$/, "");
}

/** What to name instead of a pipeline that cannot be read: one of almost its name, or one there. */
export function pipelineLike(file: string): string {
  const [first] = pipelinesAround(file);
  return likeNamed(file) ??
    (first === undefined
      ? "name a YAML file; soar init DIR writes one to start from"
      : `name a YAML file, such as ${first}`);
}

/** A pipeline of almost the name of one that cannot be read. */
function likeNamed(file: string): string | undefined {
  const found = pipelinesAround(file), name = stem(file);
  const near = name.length > 2 ? closest(name, found.map(stem)) : undefined;
  const like = found.find((one) => stem(one) === near);
  return like && `did you mean ${like}?`;
}

function pipelinesAround(file: string): string[] {
  return [...new Set([dirname(file), ".", "pipelines"])].flatMap((folder) => pipelinesIn(folder));
}

function pipelinesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ name, isDirectory }) =>
      /\.ya?ml$/.test(name) && !isDirectory
    ).map(({ name }) => join(folder, name)).sort();
  } catch {
    return []; // there is no such folder
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
