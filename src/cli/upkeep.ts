/** The commands that look after a store. What they do is loaded when one is called. @module */
import type { Command } from "@commander-js/extra-typings";
import { toBytes, toCount } from "./argument_types.ts";
import { executing } from "./executing.ts";

/** Adds them. @param exit takes the exit code */
export function addUpkeep(program: Command, exit: (code: number) => void): void {
  const command = (name: string, description: string) =>
    program.command(name).description(description).option("--store <dir>", "the store", ".soar");

  command("store", "tell what a store holds")
    .option("--free-old", "remove what an earlier version of this program left in it")
    .option("--json", "print a JSON object")
    .action(async (options) =>
      exit((await import("./store_command.ts")).store(options.store, options))
    );
  command("verify", "read every byte of a store, and tell what is damaged")
    .option("--json", "print a JSON object for each damage, and one at the end")
    .action(async (options) =>
      exit(await (await import("./store_command.ts")).verify(options.store, options))
    );
  command("du", "tell what takes the room in a store, by run")
    .option("--json", "print a JSON object")
    .action(async (options) => exit((await import("./du_command.ts")).du(options.store, options)));
  command("gc", "remove what no run needs")
    .option("--keep <n>", "forget all but the latest runs, and those with a name", toCount)
    .option("--max-size <size>", "forget the oldest runs until the rest takes so much", toBytes)
    .option("--dry-run", "tell what would be removed")
    .option("--json", "print a JSON object")
    .action(async ({ store, maxSize, ...options }) => {
      const { gc } = await import("./gc_command.ts");
      const bound = maxSize === undefined ? {} : { maxBytes: maxSize };
      exit(gc(store, { ...options, ...bound }));
    });
  executing(command("reproduce", "run a recorded run again, and tell which results differ"))
    .argument("<run>", "an id or a name that `runs` lists, or last")
    .option("--into <dir>", "store to run in, which is kept; unless given, a temporary one")
    .option("--trust", "load modules that the pipeline names without asking")
    .option("--json", "print a JSON object")
    .action(async (run, options) =>
      exit(await (await import("./reproduce_command.ts")).reproduce(run, options))
    );
}
