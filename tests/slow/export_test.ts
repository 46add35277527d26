/**
 * Exported models in other programs. SOAR_PEER_PYTHON is a Python made by bench/peers/setup.sh;
 * `deno cache --no-config npm:@huggingface/transformers@4.3.2` fetches transformers.js.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exportOnnx } from "../../src/export/mod.ts";
import { generate } from "../../src/generate/mod.ts";
import { Sessions } from "../../src/onnx/mod.ts";
import { encodePrompt, loadGguf, loadPolicy, savePolicy } from "../../src/policy/mod.ts";
import { blocksOf } from "../docs/blocks.ts";
import golden from "../golden/smollm2/generation.json" with { type: "json" };

const TRANSFORMERS_JS = "npm:@huggingface/transformers@4.3.2";
const SMOLLM2 = file("../../.soar/models/SmolLM2-135M-Instruct.Q4_1.gguf");
const MATHTEXT = file("../../examples/models/mathtext");

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** What a command prints. */
async function told(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const options = {
    args: [...args],
    env: { NO_COLOR: "1" },
    ...(cwd === undefined ? {} : { cwd }),
  };
  const { success, stdout, stderr } = await new Deno.Command(command, options).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

async function works(command: string | undefined, args: readonly string[]): Promise<boolean> {
  return command !== undefined && await told(command, args).then(() => true, () => false);
}

const given = Deno.env.get("SOAR_PEER_PYTHON");
const packages = "import onnx, onnxruntime, onnxruntime_genai, transformers";
const python = await works(given, ["-c", packages]) ? given : undefined;
const probe = `data:text/javascript,import "${TRANSFORMERS_JS}"`;
const alone = ["run", "-A", "--no-config", "--cached-only"];
const javascript = await works(Deno.execPath(), [...alone, probe]);

/** A folder in which `@huggingface/transformers` can be imported. */
function temporary(): { readonly path: string } & Disposable {
  const path = Deno.makeTempDirSync({ prefix: "soar-export-" });
  const imports = { "@huggingface/transformers": TRANSFORMERS_JS };
  Deno.writeTextFileSync(join(path, "deno.json"), JSON.stringify({ imports }));
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

const COUNT = 24;
const prompts = golden.completions.slice(0, 3).map(({ promptIds }) => promptIds);

/** Ids up to where a text ends. */
function upToEnd(rows: readonly (readonly number[])[], ends: ReadonlySet<number>): number[][] {
  return rows.map((ids) => {
    const end = ids.findIndex((id) => ends.has(id));
    return ids.slice(0, end < 0 ? COUNT : Math.min(end, COUNT));
  });
}

/** Exports SmolLM2, and compares what others write with it with what transformers writes. */
async function compare(run: (folder: string) => Promise<Record<string, number[][]>>) {
  using folder = temporary();
  const { path } = folder, plain = join(path, "plain"), onnx = join(path, "onnx");
  for (const one of [plain, onnx]) Deno.mkdirSync(one);
  using policy = await loadGguf(SMOLLM2);
  savePolicy(policy, plain);
  await exportOnnx(plain, onnx);
  assert.ok(Deno.statSync(join(onnx, "onnx/model.onnx_data")).size > 500_000_000);
  const expected = upToEnd(golden.completions.slice(0, 3).map(({ ids }) => ids), policy.endIds);
  assert.ok(expected.flat().length > COUNT);
  const found = Object.entries(await run(path));
  assert.ok(found.length > 0);
  for (const [peer, ids] of found) assert.deepEqual(upToEnd(ids, policy.endIds), expected, peer);
}

Deno.test({
  name:
    "SmolLM2 in ONNX Runtime, padded, and in ONNX Runtime GenAI writes what transformers writes",
  ignore: python === undefined,
  fn: () =>
    compare(async (folder) => {
      const args = [file("onnx_peers.py"), "onnx", JSON.stringify(prompts), String(COUNT)];
      return JSON.parse((await told(python!, args, folder)).trim().split("\n").at(-1)!);
    }),
});

Deno.test({
  name: "SmolLM2 in transformers.js, padded, writes what transformers writes",
  ignore: !javascript,
  fn: () =>
    compare(async (folder) => {
      const ours = [TRANSFORMERS_JS, "onnx", JSON.stringify(prompts), String(COUNT)];
      const out = await told(Deno.execPath(), [...alone, file("onnx_peers.mjs"), ...ours], folder);
      return { "transformers.js": JSON.parse(out.trim().split("\n").at(-1)!) };
    }),
});

for (const { file: name, text } of blocksOf("docs/export.md")) {
  if (!/\.(py|mjs)$/.test(name)) continue;
  Deno.test({
    name: `docs/export.md: ${name} writes what the policy writes here`,
    ignore: name.endsWith(".py") ? python === undefined : !javascript,
    async fn() {
      using folder = temporary();
      using policy = loadPolicy(MATHTEXT);
      using sessions = new Sessions();
      const [completion] = await generate({ ...policy, sessions }, {
        prompts: [encodePrompt(policy, { text: "3+4=" })],
        samples: 1,
        maxNewTokens: 16,
        endIds: policy.endIds,
        temperature: 0,
        uniform: () => 0,
        batch: 1,
      });
      Deno.mkdirSync(join(folder.path, "onnx"));
      await exportOnnx(MATHTEXT, join(folder.path, "onnx"));
      Deno.writeTextFileSync(join(folder.path, name), text);
      const out = name.endsWith(".py")
        ? await told(python!, [name], folder.path)
        : await told(Deno.execPath(), ["run", "-A", name], folder.path);
      const expected = policy.tokenizer.decode(completion!.ids);
      assert.ok(expected.length > 10);
      assert.ok(out.includes(expected), `${out}\n---\n${expected}`);
    },
  });
}
