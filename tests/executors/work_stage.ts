import process from "node:process";
import { join } from "node:path";
import { defineStage, DiagnosticError } from "../../mod.ts";

const DEEDS = [
  "nothing",
  "print",
  "scribble",
  "crash",
  "flood",
  "throw",
  "throw_text",
  "refuse",
  "reject",
  "fill",
  "eat",
  "die",
  "die_always",
  "exit",
  "process_exit",
  "end",
  "stay",
] as const;

/** A stage that does what a test wants of a process. */
export const work = defineStage({
  name: "work",
  version: 1,
  summary: "Sleeps, prints, throws, fills the memory or ends its process.",
  config: {
    type: "object",
    properties: {
      id: { type: "integer" },
      ms: { type: "integer", default: 0 },
      file: { type: "string", format: "path" },
      wait: { type: "boolean", default: false },
      does: {
        enum: DEEDS,
        default: "nothing",
      },
    },
    required: ["id"],
    additionalProperties: false,
  },
  inputs: { texts: "text[]?" },
  outputs: { text: "text" },
  async run(
    { config: { id, ms, wait, does }, inputs, outputs, seed, signal, progress, log, checkpoints },
  ) {
    // Each time it begins is a line: a test counts them.
    const begun = Deno.env.get("SOAR_TEST_LOG")!;
    const times = Deno.readTextFileSync(begun).split("\n").filter((line) =>
      line === String(id)
    ).length;
    Deno.writeTextFileSync(begun, `${id}\n`, { append: true });
    if (wait) {
      if (checkpoints.last !== undefined) log(`goes on at ${checkpoints.last.done}`);
      checkpoints.offer(1, (directory) => Deno.writeTextFileSync(join(directory, "done"), "1"));
      progress(0, 1);
      while (!isThere(`${begun}.go`)) {
        signal.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    if (does === "print") {
      console.log("printed");
      console.error("complained");
    }
    if (does === "flood") {
      // What a library or a process of the stage's writes there is not diverted.
      const args = ['{"kind":"left off'];
      await new Deno.Command("printf", { args, stdout: "inherit" }).spawn().status;
      Deno.stdout.writeSync(new TextEncoder().encode('{"kind":"half'));
      process.stdout.write("a line without an end");
      for (let i = 0; i < 20_000; i++) console.log(`flood ${i} ${"x".repeat(100)}`);
      console.table([{ a: 1 }]);
    }
    if (does === "throw_text") throw "a text, as it should";
    if (does === "refuse") {
      throw new DiagnosticError([{ message: "it is refused", hint: "as it should" }]);
    }
    if (does === "reject") {
      Promise.reject(new Error("nobody waits for it, as it should"));
      ms = 60_000;
    }
    if (does === "exit") Deno.exit(0);
    if (does === "process_exit") process.exit(0);
    if (does === "end") {
      // As a native library may, which nothing is told of.
      const exit = { parameters: ["i32"], result: "void" } as const;
      Deno.dlopen("libc.so.6", { _exit: exit }).symbols._exit(7);
    }
    if (does === "stay") {
      progress(0, 1);
      for (;;) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (does === "eat") {
      const eaten: Uint8Array[] = [];
      for (;;) eaten.push(new Uint8Array(32 << 20).fill(1));
    }
    if (does === "die_always") Deno.kill(Deno.pid, "SIGKILL");
    if (does === "scribble") {
      const write = (to: typeof Deno.stdout, text: string) =>
        to.writeSync(new TextEncoder().encode(text));
      write(Deno.stdout, "half a line");
      write(Deno.stderr, "and half of another");
    }
    if (does === "crash" && times === 0) {
      console.error("last words");
      Deno.kill(Deno.pid, "SIGKILL");
    }
    if (does === "throw") throw new Error("it throws, as it should");
    if (does === "die" && times === 0) Deno.kill(Deno.pid, "SIGKILL");
    if (does === "fill") {
      const filled: string[][] = [];
      for (;;) filled.push(Array.from({ length: 1e6 }, (_, i) => `${i}`));
    }
    for (let left = ms; left > 0; left -= 10) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 10));
      progress(ms - left, ms);
    }
    const read = (inputs.texts ?? []).map(({ digest }) => digest).join();
    Deno.writeTextFileSync(`${outputs.text.directory}/text.txt`, `${id} ${seed} ${read}`);
    return { id };
  },
});

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
