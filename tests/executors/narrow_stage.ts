import process from "node:process";
import { defineStage } from "../../mod.ts";

/** A stage that tries what a test says. */
export const tries = defineStage({
  name: "tries",
  version: 1,
  summary: "Reads, writes, talks, runs or loads something.",
  config: {
    type: "object",
    properties: {
      does: {
        enum: [
          "nothing",
          "read",
          "write",
          "net",
          "env",
          "run",
          "ffi",
          "sys",
          "import",
          "sessions",
          "throw",
          "stay",
          "spin",
          "exit",
        ],
        default: "nothing",
      },
      what: { type: "string", default: "" },
      file: { type: "string", format: "path" },
    },
    additionalProperties: false,
  },
  inputs: { texts: "text[]?" },
  outputs: { text: "text", parts: "text[]" },
  async run(context) {
    const { config: { does, what, file }, inputs, outputs, seed, signal, services } = context;
    const { log, progress, record } = context;
    let got = "";
    if (does === "read") got = Deno.readTextFileSync(what);
    if (does === "write") Deno.writeTextFileSync(what, "it wrote");
    if (does === "net") got = await (await fetch(what)).text();
    if (does === "env") got = process.env[what] ?? "";
    if (does === "run") got = String(new Deno.Command(what).outputSync().code);
    if (does === "ffi") Deno.dlopen(what, { abs: { parameters: ["i32"], result: "i32" } });
    if (does === "sys") got = Deno.hostname();
    if (does === "sessions") got = String(services.sessions);
    if (does === "throw") throw new Error("it throws, as it should");
    if (does === "exit") Deno.exit(0);
    progress(1, 2, { half: 0.5 });
    if (does === "spin") { for (;;); }
    while (does === "stay") {
      await new Promise((resolve) => setTimeout(resolve, 20));
      signal.throwIfAborted();
    }
    console.log("printed");
    log("logged");
    record("metrics", [{ step: 1, loss: 0.5 }]);
    record("rows", [{ a: 1 }, { a: 2 }]);
    const read = (inputs.texts ?? []).map(({ directory }) =>
      Deno.readTextFileSync(`${directory}/text.txt`)
    );
    if (file !== undefined) read.push(Deno.readTextFileSync(file));
    Deno.writeTextFileSync(`${outputs.text.directory}/text.txt`, `${seed} ${read} ${got}`);
    for (const [i, { directory }] of (inputs.texts ?? []).entries()) {
      outputs.parts.place(`${directory}/text.txt`, `${outputs.parts.item(i)}/text.txt`);
    }
    return { read: read.length, nothing: NaN };
  },
});
