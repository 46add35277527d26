"""The embedded model's work in PyTorch and transformers, as a peer for bench/mod.ts.

    python3 -m venv peers && peers/bin/pip install torch==2.13.0 transformers==4.57.1
    SOAR_PEER_PYTHON=peers/bin/python deno task bench

Prints one JSON object: versions, and tokens per second of training and of sampling.
"""

import json
import sys
import time

import torch
import transformers
from transformers import AutoConfig, LlamaForCausalLM

REPEATS = 10


def best(work):
    """Best rate of several repeats, the first of which also warms up."""
    rate = 0.0
    for _ in range(REPEATS):
        started = time.perf_counter()
        units = work()
        rate = max(rate, units / (time.perf_counter() - started))
    return rate


def main(directory, rows, length, steps, prompts, prompt_length, new_tokens):
    torch.manual_seed(0)
    torch.set_num_threads(2)
    config = AutoConfig.from_pretrained(directory)
    model = LlamaForCausalLM.from_pretrained(directory, dtype=torch.float32)
    ids = torch.randint(2, config.vocab_size, (rows, length + 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, weight_decay=0.0)

    def train():
        model.train()
        for _ in range(steps):
            optimizer.zero_grad()
            logits = model(ids[:, :-1], use_cache=False).logits
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        return steps * rows * length

    def sample():
        model.eval()
        prompt = torch.randint(2, config.vocab_size, (prompts, prompt_length))
        # No end id: every row has new_tokens tokens, as in bench/mod.ts.
        model.generate(prompt, do_sample=True, top_k=0, max_new_tokens=new_tokens, eos_token_id=None,
                       pad_token_id=0, attention_mask=torch.ones_like(prompt))
        return prompts * new_tokens

    print(json.dumps({
        "versions": f"torch {torch.__version__}, transformers {transformers.__version__}",
        "train": best(train),
        "sample": best(sample),
    }))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
