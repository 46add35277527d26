import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "../../src/random/random.ts";
import { drawEasy } from "../../tools/mathtext/texts.ts";
import { soar } from "../cli/program.ts";
import { blocksOf } from "./blocks.ts";

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

Deno.test("README's pipeline in ten lines runs as it stands there", async () => {
  const directory = Deno.makeTempDirSync({ prefix: "soar-readme-" });
  try {
    const block = blocksOf("README.md").find(({ file }) => file === "mine.yaml")!;
    assert.equal(block.text.trim().split("\n").length, 10);
    Deno.writeTextFileSync(join(directory, "mine.yaml"), block.text);
    Deno.symlinkSync(root("examples/models/mathtext"), join(directory, "model"));
    const random = new Random("readme");
    const lines = Array.from({ length: 24 }, () => {
      const { problem, answer } = drawEasy(random);
      return JSON.stringify({ problem, answer }) + "\n";
    });
    Deno.writeTextFileSync(join(directory, "mine.jsonl"), lines.join(""));
    const { code, out, err } = await soar(["mine.yaml", "device=cpu"], { cwd: directory });
    assert.equal(code, 0, err);
    assert.match(out, /\| before \| +\d+\.\d\d % \|.*\n\| after +\| +\d+\.\d\d % \|/);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
