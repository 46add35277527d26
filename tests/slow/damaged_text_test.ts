import assert from "node:assert/strict";
import { Random } from "../../src/random/random.ts";
import { readDamagedText } from "../damaged_text.ts";

Deno.test("ten thousand damaged GGUF files and tokenizers are read or refused by name, and take no memory", async () => {
  const { read, refused, grown } = await readDamagedText(10_000, new Random("much damaged text"));
  assert.ok(refused > 4000 && read > 1000, `${refused} were refused, ${read} read`);
  assert.ok(grown < 100 * 2 ** 20, `one took ${grown} bytes`);
});
