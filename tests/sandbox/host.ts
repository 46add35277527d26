/** A host that is going to be killed: programs of it loop, in the languages that it is given. @module */
import { type Language, Sandbox } from "../../src/sandbox/mod.ts";
import { childrenOf, until, usedBy } from "./processes.ts";

const LOOPS: Readonly<Record<Language, string>> = {
  python: "while True: pass",
  javascript: "for (;;);",
};
const languages = Deno.args as Language[];
const sandbox = new Sandbox({ timeout: 600, memory: 128, output: 65_536 }, 2);
for (const language of languages) {
  const run = (code: string) => sandbox.runWhole({ language, code, prelude: false }, [""]);
  // What is made once, such as Python's memory, is made then.
  const [ready] = await run("");
  if (!("ok" in ready!)) throw new Error(JSON.stringify(ready));
  run(LOOPS[language]);
}
await until(() => childrenOf(Deno.pid).length === languages.length);
// They are past their start when they have used the processor for a while.
await until(() => childrenOf(Deno.pid).every((pid) => usedBy(pid) > 100));
console.log(JSON.stringify(childrenOf(Deno.pid)));
