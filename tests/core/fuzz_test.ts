import assert from "node:assert/strict";
import { Document, makePlan } from "../../src/core/mod.ts";
import { ProjectLibrary } from "../../stages/project_library.ts";
import { fuzz, soundPipelines } from "./fuzz.ts";

Deno.test("the pipelines that are broken below are plans before", () => {
  const folder = new URL("../../pipelines/", import.meta.url).pathname;
  for (const text of soundPipelines()) {
    const planning = makePlan(Document.parse("t.yaml", text), new ProjectLibrary(), folder);
    assert.ok(planning.kind === "plan" && planning.plan.steps.length > 0);
  }
});

Deno.test("600 broken pipelines are told with places, or are plans; tests/slow has 20,000", () => {
  const texts = soundPipelines();
  assert.ok(texts.length >= 5);
  const { planned, refused } = fuzz(texts, 600, "fuzz");
  assert.ok(planned > 15 && refused > 300, `${planned} planned, ${refused} refused`);
});
