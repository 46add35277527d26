import { counted, freeOld, oldBytes, Store, withReason } from "../core/mod.ts";
import { formatBytes } from "./format.ts";
import { print } from "./output.ts";

/**
 * Tells what a store holds, or frees what an earlier version of this program left in its folder.
 *
 * @returns the exit code
 */
export function store(
  directory: string,
  options: { readonly freeOld?: true; readonly json?: true },
): number {
  const opened = new Store(directory);
  const { old } = opened;
  if (options.freeOld === true) {
    if (old === undefined) print(`${directory} holds no store of an earlier version`);
    else {
      const bytes = oldBytes(old);
      withReason(`cannot free ${old}`, () => freeOld(old));
      print(`freed ${formatBytes(bytes)} of the store of an earlier version in ${old}`);
    }
  }
  if (options.freeOld === true) return 0;
  if (options.json === true) {
    print(JSON.stringify({ directory: opened.directory, ...opened.contents(), old }));
    return 0;
  }
  if (!opened.exists) print(`${directory}: nothing is stored`);
  else {
    const { actions, artifacts, tables, checkpoints, bytes } = opened.contents();
    const counts = [
      counted(actions, "result"),
      counted(artifacts, "artifact"),
      counted(tables, "table"),
    ];
    if (checkpoints > 0) counts.push(`checkpoints of ${counted(checkpoints, "step")}`);
    print(`${opened.directory}: ${counts.join(", ")}, ${formatBytes(bytes)}`);
  }
  if (old !== undefined) print(oldStoreLine(old));
  return 0;
}

/** Reads every byte of a store. @returns the exit code: 1 when something is damaged */
export function verify(directory: string, options: { readonly json?: true }): number {
  const opened = new Store(directory), json = options.json === true;
  if (!opened.exists && !json) {
    print(`${directory}: nothing is stored`);
    return 0;
  }
  let damaged = 0;
  for (const { what, problem } of opened.audit()) {
    damaged++;
    print(json ? JSON.stringify({ what, problem }) : `${what} is damaged: ${problem}`);
  }
  const { filesHashed, bytesHashed } = opened.work;
  if (json) {
    print(JSON.stringify({ files: filesHashed, bytes: bytesHashed, damaged }));
    return damaged > 0 ? 1 : 0;
  }
  print(`read ${counted(filesHashed, "file")}, ${formatBytes(bytesHashed)}: ${damaged} damaged`);
  if (damaged > 0) print("running the pipelines again makes them again");
  return damaged > 0 ? 1 : 0;
}

/** What to tell of a store that an earlier version left. */
export function oldStoreLine(old: string): string {
  return `${old} also holds a store of an earlier version (${
    formatBytes(oldBytes(old))
  }), which is not ` +
    `used; free it with: soar store --free-old --store ${old}`;
}
