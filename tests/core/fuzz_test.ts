import assert from "node:assert/strict";
import { makePlan } from "../../src/core/mod.ts";
import { ProjectLibrary } from "../../src/cli/project_library.ts";
import { anyFile, FOLDER, fuzz, read, soundPipelines } from "./fuzz.ts";

Deno.test("the pipelines that are broken below are plans before", () => {
  for (const text of soundPipelines()) {
    const planning = makePlan(read(text), new ProjectLibrary(), FOLDER, anyFile);
    assert.ok(planning.kind === "plan" && planning.plan.steps.length > 0);
  }
});

Deno.test("300 broken pipelines are told with places, or are plans; tests/slow has 20,000", () => {
  const texts = soundPipelines();
  assert.ok(texts.length >= 5);
  const { planned, refused } = fuzz(texts, 300, "fuzz");
  assert.ok(planned > 7 && refused > 150, `${planned} planned, ${refused} refused`);
});
