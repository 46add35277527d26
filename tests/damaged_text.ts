/** Damaged GGUF files and tokenizers: what reads them refuses them by name, shortly, and takes no memory. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Random } from "../src/random/random.ts";
import { loadGguf, loadPolicy } from "../src/policy/mod.ts";
import { mutateBytes, mutateJson, type Outcome } from "./mutations.ts";

const GGUF = fileURLToPath(new URL("golden/gguf/llama.gguf", import.meta.url));
const MODEL = fileURLToPath(new URL("../examples/models/listprog", import.meta.url));
const TEXT_FILES: Readonly<Record<string, unknown>> = {
  "tokenizer.json": undefined,
  "tokenizer_config.json": {
    eos_token: "<eos>",
    bos_token: { content: "<pad>" },
    added_tokens_decoder: { 0: { content: "<pad>", special: true } },
    chat_template:
      "{{ strftime_now('%d') }}{% for m in messages %}{{ m.content | trim }}{% endfor %}",
  },
  "special_tokens_map.json": { eos_token: "<eos>" },
  "added_tokens.json": { "#": 26 },
  "generation_config.json": { eos_token_id: [1] },
  "chat_template.jinja":
    "{% set ns = namespace(x=1) %}{{ ns.x + 1 }}{{ messages[0]['content'][1:] }}",
};

/** Counts in a GGUF header that a hostile program would write. */
const COUNTS = [
  0n,
  1n,
  2n ** 20n,
  2n ** 24n + 1n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** Changes a few bytes of the header, or puts a count where eight bytes stand. */
function mutateGguf(bytes: Uint8Array, random: Random): Uint8Array {
  const header = 1500;
  if (random.next() < 0.5) return mutateBytes(bytes, random);
  const changed = bytes.slice(), view = new DataView(changed.buffer);
  for (let i = 0; i < 1 + random.next() * 3; i++) {
    const count = COUNTS[Math.floor(random.next() * COUNTS.length)]!;
    view.setBigUint64(Math.floor(random.next() * header), count, true);
  }
  return changed;
}

/**
 * Reads so many damaged files.
 *
 * @throws {AssertionError} when one is refused without its name, or at length
 */
export async function readDamagedText(count: number, random: Random): Promise<Outcome> {
  const directory = Deno.makeTempDirSync({ prefix: "soar-damaged-" });
  let read = 0, refused = 0, grown = 0;
  try {
    for (let i = 0; i < count; i++) {
      const before = Deno.memoryUsage().rss;
      try {
        using _ = await (i % 2 === 0
          ? readDamagedGguf(directory, random)
          : readDamagedTokenizer(directory, random));
        read++;
      } catch (error) {
        const { message, stack } = error as Error;
        assert.ok(message.includes(directory), `${i} does not name its file: ${stack}`);
        assert.ok(message.length < 1000, `${i} tells it in ${message.length} characters`);
        refused++;
      }
      grown = Math.max(grown, Deno.memoryUsage().rss - before);
    }
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
  return { read, refused, grown };
}

function readDamagedGguf(directory: string, random: Random) {
  const file = join(directory, "m.gguf");
  Deno.writeFileSync(file, mutateGguf(Deno.readFileSync(GGUF), random));
  return loadGguf(file);
}

function readDamagedTokenizer(directory: string, random: Random) {
  for (const name of ["config.json", "model.safetensors", "tokenizer.json"]) {
    Deno.copyFileSync(join(MODEL, name), join(directory, name));
  }
  const names = Object.keys(TEXT_FILES), damaged = names[Math.floor(random.next() * names.length)]!;
  for (const [name, content] of Object.entries(TEXT_FILES)) {
    const file = join(directory, name);
    const text = typeof content === "string" ? content : JSON.stringify(content);
    if (content !== undefined) Deno.writeTextFileSync(file, text);
  }
  const file = join(directory, damaged);
  if (damaged !== "chat_template.jinja" && random.next() < 0.7) {
    Deno.writeTextFileSync(file, mutateJson(Deno.readTextFileSync(file), random));
  } else Deno.writeFileSync(file, mutateBytes(Deno.readFileSync(file), random));
  // It would hide the template of the config.
  if (damaged === "tokenizer_config.json") Deno.removeSync(join(directory, "chat_template.jinja"));
  return Promise.try(() => loadPolicy(directory));
}
