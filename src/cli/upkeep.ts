/** The commands that look after a store. @module */
import type { Command } from "@commander-js/extra-typings";
import { toBytes, toCount } from "./argument_types.ts";
import { du } from "./du_command.ts";
import { gc } from "./gc_command.ts";
import { reproduce } from "./reproduce_command.ts";
import { store, verify } from "./store_command.ts";

/** Adds them. @param exit takes the exit code */
export function addUpkeep(program: Command, exit: (code: number) => void): void {
  const command = (name: string, description: string) =>
    program.command(name).description(description).option("--store <dir>", "the store", ".soar");

  command("store", "tell what a store holds")
    .option("--free-old", "remove what an earlier version of this program left in it")
    .option("--json", "print a JSON object")
    .action((options) => exit(store(options.store, options)));
  command("verify", "read every byte of a store, and tell what is damaged")
    .option("--json", "print a JSON object for each damage, and one at the end")
    .action((options) => exit(verify(options.store, options)));
  command("du", "tell what takes the room in a store, by run")
    .option("--json", "print a JSON object")
    .action((options) => exit(du(options.store, options)));
  command("gc", "remove what no run needs")
    .option("--keep <n>", "forget all but the latest runs, and those with a name", toCount)
    .option("--max-size <size>", "forget the oldest runs until the rest takes so much", toBytes)
    .option("--dry-run", "tell what would be removed")
    .option("--json", "print a JSON object")
    .action(({ store, maxSize, ...options }) => {
      const bound = maxSize === undefined ? {} : { maxBytes: maxSize };
      exit(gc(store, { ...options, ...bound }));
    });
  command("reproduce", "run a recorded run again, and tell which results differ")
    .argument("<run>", "an id or a name that `runs` lists, or last")
    .option("--into <dir>", "store to run in, which is kept; unless given, a temporary one")
    .option("--trust", "load modules that the pipeline names without asking")
    .option("--json", "print a JSON object")
    .action(async (run, options) => exit(await reproduce(run, options)));
}
