/**
 * The program of a process that runs one stage with only some of the user's rights, for another that has the store: it is
 * told what to run on standard input, and ends when nobody is there to tell it. The stage has a thread of its own, so that
 * none keeps the process from ending.
 *
 * @module
 */
import { linesOf } from "../executors/lines.ts";

const thread = new Worker(new URL("narrow_thread.ts", import.meta.url), { type: "module" });
thread.onmessage = () => Deno.exit(0);
Deno.addSignalListener("SIGINT", () => {}); // for whoever started it
for await (const line of linesOf(Deno.stdin.readable)) thread.postMessage(JSON.parse(line));
Deno.exit(1);
