/** Runs an exported model in transformers.js, all rows at once; prints greedy ids as JSON. @module */

const [library, directory, text, count] = Deno.args;
const { AutoModelForCausalLM, env, Tensor } = await import(library);
const prompts = JSON.parse(text);
env.allowRemoteModels = false;
env.localModelPath = ".";
const model = await AutoModelForCausalLM.from_pretrained(directory);
const width = Math.max(...prompts.map(({ length }) => length));
const rows = (make) =>
  new Tensor(
    "int64",
    BigInt64Array.from(prompts.flatMap((ids) => make(ids, width - ids.length)), BigInt),
    [prompts.length, width],
  );
const made = await model.generate({
  input_ids: rows((ids, pad) => [...Array(pad).fill(model.config.pad_token_id), ...ids]),
  attention_mask: rows((ids, pad) => [...Array(pad).fill(0), ...ids.map(() => 1)]),
  max_new_tokens: Number(count),
  do_sample: false,
});
console.log(JSON.stringify(made.tolist().map((row) => row.slice(width).map(Number))));
