"""Golden numbers of the embedded base model, from transformers: tests/golden/listprog.json.

    python3 -m venv peers && peers/bin/pip install torch==2.13.0 transformers==4.57.1
    peers/bin/python tools/golden/listprog.py > tests/golden/listprog.json

Log-probabilities of given texts, tokenized by transformers itself, and greedy completions.
"""

import json
import os
import sys

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

MODEL = os.path.join(os.path.dirname(__file__), "../../examples/models/listprog")
TEXTS = ["Q12345ab:a21645b", "T:29162?a92862=92862a#29162", "Q00000rtwni:r00000t00000", "Q98765abcdab:a1"]
PROMPTS = ["Q12345rt:", "Q90210wni:", "Q12345abc:", "Q31415rtwnir:"]


def main():
    model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(MODEL)

    def encode(text):
        return tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids

    def logps(text):
        ids = encode(text)
        scores = torch.log_softmax(model(ids).logits.double(), -1)
        return scores[0, :-1].gather(1, ids[0, 1:, None])[:, 0].tolist()

    def greedy(text):
        ids = encode(text)
        out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False,
                             max_new_tokens=48, pad_token_id=0)
        return out[0, ids.shape[1]:].tolist()

    with torch.no_grad():
        json.dump({
            "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
            "logps": [{"text": t, "ids": encode(t)[0].tolist(), "logps": logps(t)} for t in TEXTS],
            "greedy": [{"prompt": p, "ids": greedy(p)} for p in PROMPTS],
        }, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
