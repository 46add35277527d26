import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

Deno.test("examples/probe_policy.ts shows a base model that knows plain operations, and follows habits", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", fileURLToPath(new URL("../../examples/probe_policy.ts", import.meta.url))],
  }).output();
  assert.equal(code, 0);
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  const rates = new Map(
    lines.map((line) => {
      const [operation, , sampled, , greedy] = line.split(/\s+/);
      return [operation!, { sampled: Number(sampled), greedy: Number(greedy) }];
    }),
  );
  for (const plain of "rtwni") assert.ok(rates.get(plain)!.sampled > 0.95, plain);
  for (const contested of "abcd") {
    const { sampled, greedy } = rates.get(contested)!;
    assert.ok(
      sampled > 0.02 && sampled < 0.25 && greedy < 0.1,
      `${contested}: ${sampled}, ${greedy}`,
    );
  }
});
