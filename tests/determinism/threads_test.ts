/** Equal inputs give equal bytes, on any number of threads: see docs/decisions/0012 and 0013. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Recording } from "./record.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
/** Runs of each graph on equal inputs; `deno task slow` asks for more. */
const REPEATS = Deno.env.get("SOAR_TEST_REPEATS") ?? "3";
/** Threads that are compared with one. */
const THREADS = Deno.env.has("SOAR_TEST_REPEATS") ? [2, 4] : [2];

async function record(threads: number): Promise<Recording> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", path("record.ts"), String(threads), REPEATS],
    stderr: "inherit",
  });
  const { success, stdout } = await command.output();
  assert.ok(success);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** A product of zeros, which `soar doctor` times; and a model for other programs, which tests/export/ runs. */
const OTHERS = ["product", "decoder"];

/** The names that graphs have in the sources, as expressions: `…` stands for what is filled in. */
function graphNames(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return graphNames(`${directory}/${name}`);
    const text = Deno.readTextFileSync(`${directory}/${name}`);
    return [...text.matchAll(/new Graph\(\s*(["`])(.*?)\1/g)].map(([, , text]) =>
      text!.replaceAll(/\$\{.*?\}/g, "…")
    );
  });
}

Deno.test("every graph gives the same bytes each time, on any number of threads", async (t) => {
  const one = await record(1);
  await t.step("every graph of the sources is run", () => {
    const ran = new Set(Object.values(one.runs).flat().map(([graph]) => graph));
    const names = graphNames(path("../../src"));
    assert.ok(names.length > 10);
    for (const name of names.filter((name) => !OTHERS.includes(name))) {
      // A layer is cut in two.
      const pattern = new RegExp(`^${name.replaceAll("…", ".+")}(/forward|/backward)?$`);
      assert.ok([...ran].some((graph) => pattern.test(graph)), `no workload runs ${name}`);
    }
    for (const graph of ["layer/forward", "layer/backward", "decode/greedy", "decode/sample"]) {
      assert.ok(ran.has(graph), graph);
    }
  });
  await t.step("on one thread", () => assert.deepEqual(one.unequal, []));
  for (const threads of THREADS) {
    await t.step(`on ${threads} threads, and as on one`, async () => {
      const { runs, unequal } = await record(threads);
      assert.deepEqual(unequal, []);
      for (const [workload, expected] of Object.entries(one.runs)) {
        const differs = expected.flatMap(([graph, digest], i) =>
          runs[workload]![i]![1] === digest ? [] : [`${workload}: ${graph}`]
        );
        assert.equal(runs[workload]!.length, expected.length);
        assert.deepEqual([...new Set(differs)], []);
      }
    });
  }
});
