import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const SAMPLE = ["generate int4", "train", "lora int4"];
const REST = ["generate", "generate float16", "generate int8", "recompute", "lora"];
const WORKS = Deno.env.has("SOAR_TEST_REPEATS") ? [...SAMPLE, ...REST] : SAMPLE; // see the task slow

for (const work of WORKS) {
  Deno.test({
    name: `the estimated peak of memory is within 25 % of the measured one: ${work}`,
    ignore: Deno.build.os !== "linux", // where a process can read its own peak
    async fn() {
      const script = fileURLToPath(new URL("footprint_work.ts", import.meta.url));
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", script, ...work.split(" ")],
      }).output();
      const text = new TextDecoder().decode(stdout);
      assert.ok(text.startsWith("{"), new TextDecoder().decode(stderr));
      const { measured, estimated } = JSON.parse(text);
      const ratio = estimated / measured;
      assert.ok(ratio > 0.75 && ratio < 1.25, `${estimated} of ${measured}, ${ratio}`);
    },
  });
}
