import { counted, DiagnosticError, entryIfThere, Store } from "../core/mod.ts";
import { findRun } from "../records/mod.ts";
import { boardDirectory, writeBoard } from "../records/tensorboard.ts";
import { quote } from "./command_line.ts";
import { complain, print } from "./output.ts";

/** Writes what is kept of a run for TensorBoard. @returns the exit code */
export async function tensorboard(
  which: string,
  options: { readonly store: string; readonly to?: string; readonly json?: true },
): Promise<number> {
  const store = new Store(options.store), { id } = findRun(store, which);
  if (options.to !== undefined && entryIfThere(options.to) !== undefined) {
    const hint = "name a folder that is not there yet";
    throw new DiagnosticError([{ message: `${options.to} is there already`, hint }]);
  }
  const directory = options.to ?? boardDirectory(store, id);
  const problems: string[] = [];
  const steps = await writeBoard(
    store,
    id,
    directory,
    (message) => problems.push(message),
    (message) => complain(`warning: ${message}`),
  );
  if (problems.length > 0) {
    const hint = "write --to DIR, with a folder that is not there yet";
    throw new DiagnosticError(problems.map((message) => ({ message, hint })));
  }
  if (options.json === true) {
    print(JSON.stringify({ run: id, steps, directory }));
    return 0;
  }
  print(`${counted(steps, "step")} of ${id} written: tensorboard --logdir ${quote(directory)}`);
  return 0;
}
