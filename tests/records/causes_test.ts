/** Why a step runs again: settings, code, files, and the steps whose results it reads. @module */
import assert from "node:assert/strict";
import { forecast, formatPlace, keyParts, type PlannedStep } from "../../src/core/mod.ts";
import { type Cause, causesOf, rootsOf } from "../../src/records/causes.ts";
import { baselineOf } from "../../src/records/history.ts";
import { Rig } from "../rig.ts";
import { recorded } from "./recorded.ts";

const TEXT = `name: why
params: { start: 1 }
steps:
  one: { uses: number, with: { value: "\${params.start}" } }
  two: { uses: increment, in: { number: one.number } }
  file: { uses: file, with: { path: a.txt } }
  sum: { uses: increment, in: { number: two.number } }
  other: { uses: increment, in: { number: file.number }, seed: 3 }
`;

/** What `explain` finds of a step of a text. */
function causes(rig: Rig, step: string, text: string, overrides: readonly string[] = []): Cause[] {
  const { store } = rig, plan = rig.plan(text, overrides);
  const code = (url: string) => rig.code.get(url) ?? "code";
  const baseline = baselineOf(store, plan.name, step)!;
  return causesOf(step, {
    steps: new Map<string, PlannedStep<never>>(plan.steps.map((one) => [one.id, one])),
    prospects: forecast(plan, store, code),
    before: (id) => {
      const key = baseline.keys.get(id);
      return key === undefined ? undefined : store.readAction(key);
    },
    own: (one) => keyParts(one, {}, code, store),
    codeBefore: () => ({ "a.ts": "1", "b.ts": "1" }),
    codeNow: (digest) => digest === "new" ? { "a.ts": "1", "b.ts": "2" } : undefined,
    lines: (was, is) => [{ line: 1, before: [was], after: [is] }],
    place: (one, [part, ...path]) => {
      if (part !== "seed" && part !== "config") return undefined;
      const at = part === "seed" ? one.locate("seed") : one.locate("with", path.slice(0, 1));
      return at && formatPlace(at);
    },
  });
}

/** Causes in short. */
const short = (all: readonly Cause[]) =>
  all.map(({ step, kind, changes }) =>
    [
      step,
      kind,
      ...changes.map(({ path, place = "", from = [] }) => `${path.join(".")} ${place}${from}`),
    ].join(" ")
  );

async function rigAfter(text: string, overrides: readonly string[] = []): Promise<Rig> {
  const rig = new Rig();
  rig.write("a.txt", "four");
  await recorded(rig, text, overrides);
  return rig;
}

Deno.test("nothing is behind a step whose key is the same", async () => {
  using rig = await rigAfter(TEXT);
  assert.deepEqual(causes(rig, "sum", TEXT), []);
});

Deno.test("a setting leads to where it is written, through parameters and steps that wait", async () => {
  using rig = await rigAfter(TEXT);
  const changed = TEXT.replace("start: 1", "start: 5");
  assert.deepEqual(short(causes(rig, "sum", changed)), [
    "sum unknown",
    "two unknown",
    "one changed config.value test.yaml:2:18",
  ]);
  // Once they have run, the way leads along the inputs; compared is with the run that had the step.
  await recorded(rig, changed.split("\n").slice(0, 5).join("\n"));
  const found = causes(rig, "sum", changed);
  assert.deepEqual(short(found), [
    "sum changed inputs.number two",
    "two changed inputs.number one",
    "one changed config.value test.yaml:2:18",
  ]);
  assert.deepEqual(short(rootsOf(found)), ["one changed config.value test.yaml:2:18"]);
  assert.deepEqual([found[2]!.changes[0]!.before, found[2]!.changes[0]!.after], [1, 5]);
  assert.deepEqual(
    short(causes(rig, "sum", TEXT, ["params.start=7"])).at(-1),
    "one changed config.value override params.start=7",
  );
});

Deno.test("a step that waits tells what is known of itself already", async () => {
  using rig = await rigAfter(TEXT);
  const changed = TEXT.replace("seed: 3", "seed: 4").replace("a.txt", "b.txt");
  rig.write("b.txt", "five5");
  const found = causes(rig, "other", changed);
  assert.deepEqual(short(found), [
    "other unknown seed.seed test.yaml:8:64",
    "file changed config.path.digest test.yaml:6:37",
  ]);
  assert.match(found[1]!.changes[0]!.file!, /\/b\.txt$/);
  assert.deepEqual(short(rootsOf(found)), short(found));
});

Deno.test("a default has no place; code leads to its modules, where they are known", async () => {
  using rig = await rigAfter(TEXT.replace('start}"', 'start}", mode: double'));
  const [one] = causes(rig, "one", TEXT);
  assert.deepEqual(one!.changes, [{ path: ["config", "mode"], before: "double", after: "plain" }]);
  using coded = await rigAfter(TEXT);
  coded.code.set("increment", "new");
  const [sum, two, ...none] = causes(coded, "sum", TEXT);
  const lines = [{ line: 1, before: ["1"], after: ["2"] }];
  const changed = [{ name: "b.ts", how: "changed", lines }];
  assert.deepEqual(
    [sum!.kind, sum!.changes[0]!.code, two!.kind, two!.changes[0]!.code, none],
    ["unknown", changed, "changed", changed, []],
  );
  coded.code.set("increment", "unknown");
  assert.deepEqual(causes(coded, "two", TEXT)[0]!.changes, [
    { path: ["code"], before: "code", after: "unknown" },
  ]);
});

Deno.test("a new step, and one that came out otherwise under the same key, are told as such", async () => {
  using rig = await rigAfter(TEXT);
  const more = `${TEXT}  last: { uses: increment, in: { number: sum.number } }\n`;
  assert.deepEqual(short(causes(rig, "last", more)), ["last new"]);
  const { store } = rig, key = baselineOf(store, "why", "two")!.keys.get("two")!;
  const found = forecast(rig.plan(TEXT), store, () => "code").get("two")!.lookup;
  assert.equal(found.kind, "hit");
  if (found.kind !== "hit") return;
  const other = forecast(rig.plan(TEXT), store, () => "code").get("file")!.lookup;
  if (other.kind !== "hit") return assert.fail(other.kind);
  const before = store.readAction(key)!;
  store.addAction({ ...before, outputs: other.action.outputs });
  const all = causesOf("two", {
    steps: new Map<string, PlannedStep<never>>(rig.plan(TEXT).steps.map((one) => [one.id, one])),
    prospects: forecast(rig.plan(TEXT), store, () => "code"),
    before: () => before,
    own: () => before.parts,
    codeBefore: () => undefined,
    codeNow: () => undefined,
    lines: (was, is) => [{ line: 1, before: [was], after: [is] }],
    place: () => undefined,
  });
  assert.deepEqual(short(all), ["two same"]);
  store.release();
});
