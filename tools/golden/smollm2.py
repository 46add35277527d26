"""Golden data of SmolLM2-135M-Instruct, from transformers and tokenizers.

    deno task smollm2     # fetches the model and writes it in Hugging Face layout
    peers/bin/python tools/golden/smollm2.py .soar/models/SmolLM2-135M-Instruct tests/golden/smollm2

Writes tokenizer.json.gz; tokenizer_cases.json: texts with the ids that Hugging Face's tokenizers gives and the text it
makes of these again; generation.json: prompts with the 64 ids that transformers generates greedily.
"""

import gzip
import json
import os
import random
import sys

import tokenizers
import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

TEXTS = [
    "", " ", "\n", "a", "Hello world", "  two  spaces ", "\ttab\tand\r\nline\n\n\n end ", "it's we'll I'd they've",
    "IT'S WE'LL", "3.14159 1,000,000 2026-11-23", "x²+y³=z⁴ ½ ⅔", "naïve café résumé Ångström", "ﬁ ligature ﬀ",
    "東京タワー 日本語 中文字符 한국어", "Привет, мир!", "مرحبا بالعالم", "שלום עולם", "नमस्ते दुनिया", "สวัสดีชาวโลก",
    "🎉🎊 👩‍👩‍👧‍👦 🇩🇪 👍🏽", "e\u0301 vs \u00e9", "\u200b zero width \u200d joiner", "\u00a0nbsp\u3000ideographic",
    "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n", "<|endoftext|>", "a<|im_end|>b", "<|im_start|", "<|IM_END|>",
    "def f(x):\n    return x ** 2  # square\n", "SELECT * FROM t WHERE a='b';", "\\frac{1}{2} $x_i^2$", "https://x.y/z?a=b&c=d#e",
    "<repo_name>soar<file_sep>mod.ts", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "!!!???...,,,;;;:::---___",
    "\x00\x01\x7f", "\ud7ff\ue000\ufffd\U0010fffd",
]
ALPHABETS = ["abcdefghijklmnopqrstuvwxyz  ", "ABCxyz0123456789 .,;:!?'\"()\n\t", "äöüßéèñçøåœ ", "абвгдежз ",
             "東京都市日本語中文 ", "🎉🚀❤️✨👍🏽 a", "\u0300\u0301\u200d\u00a0 e", "<|im_start|><|im_end|> x\n"]
PROMPTS = ["What is the capital of France?", "Write a haiku about the sea.", "Add 17 and 25, step by step.",
           "Explain what a stepping stone is.", "List three prime numbers.", "Translate 'good morning' into German."]


def texts():
    made, source = list(TEXTS), random.Random(7)
    while len(made) < 320:
        alphabet = source.choice(ALPHABETS)
        made.append("".join(source.choice(alphabet) for _ in range(source.randint(1, 40))))
    return made


def main(model, target):
    with open(os.path.join(model, "tokenizer.json"), "rb") as file:
        definition = json.load(file)
    plain = json.dumps(definition, ensure_ascii=False, separators=(",", ":")).encode()
    with open(os.path.join(target, "tokenizer.json.gz"), "wb") as file:
        file.write(gzip.compress(plain, 9, mtime=0))
    reference = tokenizers.Tokenizer.from_file(os.path.join(model, "tokenizer.json"))
    cases = []
    for text in texts():
        ids = reference.encode(text, add_special_tokens=False).ids
        cases.append({"text": text, "ids": ids, "decoded": reference.decode(ids, skip_special_tokens=True)})
    with open(os.path.join(target, "tokenizer_cases.json"), "w") as file:
        json.dump({"tokenizers": tokenizers.__version__, "cases": cases}, file)

    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(model)
    completions = []
    for prompt in PROMPTS:
        text = tokenizer.apply_chat_template([{"role": "user", "content": prompt}], tokenize=False,
                                             add_generation_prompt=True)
        ids = tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids
        # No end id: 64 tokens in any case. The mask is given, or the pad id, which is the end id, would be masked.
        out = network.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=64, eos_token_id=None, pad_token_id=2)
        completions.append({"prompt": prompt, "promptIds": ids[0].tolist(), "ids": out[0, ids.shape[1]:].tolist()})
    with open(os.path.join(target, "generation.json"), "w") as file:
        json.dump({"torch": torch.__version__, "transformers": transformers.__version__,
                   "completions": completions}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
