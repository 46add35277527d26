import assert from "node:assert/strict";
import { Random } from "../../src/random/random.ts";
import { readDamagedText } from "../damaged_text.ts";

Deno.test("damaged GGUF files and tokenizers are read or refused by the name of the file, and take no memory", async () => {
  const { read, refused, grown } = await readDamagedText(300, new Random("damaged text"));
  assert.ok(refused > 100 && read > 50, `${refused} were refused, ${read} read`);
  assert.ok(grown < 100 * 2 ** 20, `one took ${grown} bytes`);
});
