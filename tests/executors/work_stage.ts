import { defineStage } from "../../mod.ts";

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
      does: {
        enum: ["nothing", "print", "scribble", "throw", "fill", "die", "crash"],
        default: "nothing",
      },
    },
    required: ["id"],
    additionalProperties: false,
  },
  inputs: { texts: "text[]?" },
  outputs: { text: "text" },
  async run({ config: { id, ms, does }, inputs, outputs, seed, signal, progress }) {
    // Each time it begins is a line: a test counts them.
    const log = Deno.env.get("SOAR_TEST_LOG")!;
    const times = Deno.readTextFileSync(log).split("\n").filter((line) =>
      line === String(id)
    ).length;
    Deno.writeTextFileSync(log, `${id}\n`, { append: true });
    if (does === "print") {
      console.log("printed");
      console.error("complained");
    }
    if (does === "scribble") {
      const write = (to: typeof Deno.stdout, text: string) =>
        to.writeSync(new TextEncoder().encode(text));
      write(Deno.stdout, "half a line");
      write(Deno.stderr, "and half of another");
    }
    if (does === "crash" && times === 0) {
      console.error("last words");
      setTimeout(() => {
        throw new Error("nobody catches it");
      });
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
