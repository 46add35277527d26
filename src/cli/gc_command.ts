import { counted, DiagnosticError, Holdings, Store, type Things } from "../core/mod.ts";
import { clean, type Cleaning, planCleaning, type Retention, total } from "../records/retention.ts";
import { formatBytes } from "./format.ts";
import { print } from "./output.ts";

/**
 * Removes what no run needs, and the runs that are not to be kept.
 *
 * @returns the exit code: 1 when something could not be removed
 * @throws {DiagnosticError} while a run is at work
 */
export function gc(
  directory: string,
  options: Retention & { readonly dryRun?: true; readonly json?: true },
): number {
  const store = new Store(directory), dry = options.dryRun === true;
  if (!store.exists) {
    if (options.json !== true) print(`${directory}: nothing is stored`);
    else tell({ kept: [], dropped: [], garbage: new Map(), bytes: 0 }, [], options);
    return 0;
  }
  using alone = dry ? undefined : store.tryAlone();
  if (!dry && alone === undefined) {
    throw new DiagnosticError([{
      message: `cannot clean up ${directory}: a run is at work in it`,
      hint: "wait until it ends, or look with --dry-run",
    }]);
  }
  store.sweep();
  const holdings = new Holdings(store), cleaning = planCleaning(store, holdings, options);
  const failed = dry ? [] : clean(holdings, cleaning);
  store.release();
  tell(cleaning, failed, options);
  return failed.length > 0 ? 1 : 0;
}

function tell(
  { kept, dropped, garbage, bytes }: Cleaning,
  failed: readonly string[],
  { dryRun, json }: { readonly dryRun?: true; readonly json?: true },
): void {
  const counts = countByFolder(garbage), freed = total(garbage);
  if (json === true) {
    const runs = { kept: kept.map(({ run }) => run.id), dropped: dropped.map(({ id }) => id) };
    return print(JSON.stringify({ runs, removed: counts, bytes: freed, left: bytes, failed }));
  }
  const would = dryRun === true ? "would remove" : "removed";
  for (const { id, name } of dropped) {
    print(`${would} run ${id}${name === undefined ? "" : ` (${name})`}`);
  }
  const parts = Object.entries(counts).map(([folder, count]) =>
    counted(count, folder.slice(0, -1), folder)
  );
  if (parts.length === 0) {
    print(
      dropped.length > 0
        ? "nothing else to remove: every result belongs to a run that is kept"
        : "nothing to remove: every result belongs to a run",
    );
  }
  if (parts.length > 0) print(`${would} ${parts.join(", ")}: ${formatBytes(freed)}`);
  print(`${counted(kept.length, "run is", "runs are")} kept, with ${formatBytes(bytes)}`);
  for (const path of failed) print(`could not remove ${path}`);
}

function countByFolder(things: Things): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const path of things.keys()) {
    const [folder] = path.split("/");
    counts[folder!] = (counts[folder!] ?? 0) + 1;
  }
  return counts;
}
