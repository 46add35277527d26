import { counted, type Damage, freeOld, oldBytes, Store, withReason } from "../core/mod.ts";
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
export async function verify(
  directory: string,
  options: { readonly json?: true },
): Promise<number> {
  const opened = new Store(directory), json = options.json === true;
  if (!opened.exists && !json) {
    print(`${directory}: nothing is stored`);
    return 0;
  }
  let results = 0, tables = 0, files = 0, bytes = 0;
  const tell = ({ what, problem }: Damage) =>
    print(json ? JSON.stringify({ what, problem }) : `${what} is damaged: ${problem}`);
  for (const damage of opened.audit()) {
    results++;
    tell(damage);
  }
  const read = (size: number) => {
    files++;
    bytes += size;
  };
  for await (const damage of opened.tables.audit(read)) {
    tables++;
    tell(damage);
  }
  const damaged = results + tables;
  files += opened.work.filesHashed;
  bytes += opened.work.bytesHashed;
  if (json) {
    print(JSON.stringify({ files, bytes, damaged }));
    return damaged > 0 ? 1 : 0;
  }
  print(`read ${counted(files, "file")}, ${formatBytes(bytes)}: ${damaged} damaged`);
  if (results > 0) print("running the pipelines again makes them again");
  if (tables > 0) print("no result needs a table; a run with --force STEP makes it again");
  return damaged > 0 ? 1 : 0;
}

/** What to tell of a store that an earlier version left. */
export function oldStoreLine(old: string): string {
  return `${old} also holds a store of an earlier version (${
    formatBytes(oldBytes(old))
  }), which is not ` +
    `used; free it with: soar store --free-old --store ${old}`;
}
