import { Holdings, Store, type Things } from "../core/mod.ts";
import { type HeldRun, heldRuns, total } from "../records/retention.ts";
import { formatBytes, formatColumns } from "./format.ts";
import { print } from "./output.ts";

/** Tells what takes the room in a store: by folder, and by run, with what goes when only it does. @returns the exit code */
export function du(directory: string, options: { readonly json?: true }): number {
  const store = new Store(directory);
  const holdings = new Holdings(store), runs = heldRuns(store, holdings), owners = ownersOf(runs);
  const folders = byFolder(holdings.all());
  const rows = runs.map(({ run, things }) => ({
    run: run.id,
    name: run.name,
    bytes: total(things),
    own: total(new Map([...things].filter(([path]) => owners.get(path) === 1))),
  }));
  const free = total(new Map([...holdings.all()].filter(([path]) => !owners.has(path))));
  if (options.json === true) {
    print(JSON.stringify({ bytes: total(holdings.all()), folders, runs: rows, garbage: free }));
    return 0;
  }
  if (!store.exists) print(`${directory}: nothing is stored`);
  const lines = Object.entries(folders).map(([folder, bytes]) => [folder, formatBytes(bytes)]);
  for (const line of formatColumns([...lines, ["in all", formatBytes(total(holdings.all()))]])) {
    print(line);
  }
  if (rows.length > 0) {
    const cells = rows.map((
      { run, name = "", bytes, own },
    ) => [run, formatBytes(bytes), formatBytes(own), name]);
    for (const line of formatColumns([["run", "needs", "alone", ""], ...cells])) print(line);
  }
  if (free > 0) print(`${formatBytes(free)} belong to no run: soar gc frees them`);
  return 0;
}

/** How many runs need a thing. */
function ownersOf(runs: readonly HeldRun[]): Map<string, number> {
  const owners = new Map<string, number>();
  for (const { things } of runs) {
    for (const path of things.keys()) owners.set(path, (owners.get(path) ?? 0) + 1);
  }
  return owners;
}

function byFolder(things: Things): Record<string, number> {
  const bytes: Record<string, number> = {};
  for (const [path, size] of things) {
    const [folder] = path.split("/");
    bytes[folder!] = (bytes[folder!] ?? 0) + size;
  }
  return bytes;
}
