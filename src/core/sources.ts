import { join } from "node:path";
import { DiagnosticError } from "./diagnostic.ts";

/**
 * The files of a user's folder by path from it, links followed, sorted.
 *
 * @throws {DiagnosticError} for what has no contents to read (a pipe, a device), and for links in a circle
 */
export function listSources(directory: string): string[] {
  return walk(directory, "", []).toSorted();
}

function walk(directory: string, prefix: string, above: readonly string[]): string[] {
  const real = Deno.realPathSync(directory);
  if (above.includes(real)) refuse(directory, "links to a folder that it is in");
  return [...Deno.readDirSync(directory)].flatMap(({ name }) => {
    const path = join(directory, name), info = Deno.statSync(path);
    if (info.isDirectory) return walk(path, `${prefix}${name}/`, [...above, real]);
    if (!info.isFile) refuse(path, "is neither a file nor a folder");
    return [prefix + name];
  });
}

function refuse(path: string, problem: string): never {
  throw new DiagnosticError([{ message: `${path} ${problem}`, hint: "take it out of there" }]);
}
