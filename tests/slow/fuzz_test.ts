import assert from "node:assert/strict";
import { fuzz, soundPipelines } from "../core/fuzz.ts";

Deno.test("20,000 broken pipelines are told with places, or are plans", () => {
  const { planned, refused } = fuzz(soundPipelines(), 20_000, "slow");
  assert.ok(planned > 500 && refused > 10_000, `${planned} planned, ${refused} refused`);
});
