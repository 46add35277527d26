"""The peers' side of bench/work.ts: PyTorch, transformers and TRL.

    python work.py MODEL train 4 128 [compile]
    python work.py MODEL generate 8
    python work.py MODEL rloo full|lora
"""

import time

STARTED = time.time()

import json
import os
import resource
import sys
import tempfile

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

REPEATS, RL_REPEATS, PROMPT, NEW_TOKENS, PROMPTS, GROUP, MICRO_BATCH = 4, 2, 32, 64, 8, 8, 8


def load(model):
    return AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)


def train(path, rows, length, compiled):
    model = load(path).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, weight_decay=0.0)

    def loss_of(ids):
        logits = model(ids[:, :-1], use_cache=False).logits
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())

    loss_of = torch.compile(loss_of) if compiled else loss_of

    def step():
        optimizer.zero_grad()
        loss_of(torch.randint(0, 49152, (rows, length + 1))).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return step


def generate(path, rows):
    model = load(path).eval()

    def step():
        ids = torch.randint(0, 49152, (rows, PROMPT))
        model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=True, top_k=0, max_new_tokens=NEW_TOKENS,
                       eos_token_id=None, pad_token_id=0)
    return step


class Clock(transformers.TrainerCallback):
    """Times each optimizer step."""

    def __init__(self):
        self.ends, self.begin = [], time.time()

    def on_step_end(self, *_args, **_kwargs):
        self.ends.append(time.time())


def rloo(path, lora):
    from datasets import Dataset
    from peft import LoraConfig
    from trl import RLOOConfig, RLOOTrainer

    tokenizer = AutoTokenizer.from_pretrained(path)
    words = "stone river cloud seven green under light paper north eager".split()
    prompts = [" ".join(words[(i + j) % 10] for j in range(PROMPT)) for i in range(64)]
    prompts = [tokenizer.decode(tokenizer(p).input_ids[:PROMPT]) for p in prompts]
    config = RLOOConfig(
        output_dir=tempfile.mkdtemp(), use_cpu=True, bf16=False, report_to="none", save_strategy="no",
        logging_strategy="no", disable_tqdm=True, max_steps=RL_REPEATS, learning_rate=1e-6, beta=0.0, temperature=1.0,
        per_device_train_batch_size=MICRO_BATCH, gradient_accumulation_steps=PROMPTS * GROUP // MICRO_BATCH,
        num_generations=GROUP, max_completion_length=NEW_TOKENS, gradient_checkpointing=False,
        generation_kwargs={"min_new_tokens": NEW_TOKENS}, dataloader_pin_memory=False,
    )
    peft = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM") if lora else None
    clock = Clock()
    trainer = RLOOTrainer(
        model=load(path), processing_class=tokenizer, args=config, peft_config=peft, callbacks=[clock],
        reward_funcs=lambda completions, **_: [float(len(text) % 7) for text in completions],
        train_dataset=Dataset.from_dict({"prompt": prompts}))
    trainer.train()
    steps = [b - a for a, b in zip(clock.ends, clock.ends[1:])]
    return min(steps), clock.ends[0] - STARTED


def measure(step):
    best, first = float("inf"), None
    for i in range(REPEATS):
        start = time.time()
        step()
        if i == 0:
            first = time.time() - STARTED
        else:
            best = min(best, time.time() - start)
    return best, first


def main(path, name, *args):
    torch.manual_seed(0)
    torch.set_num_threads(2)
    if name == "rloo":
        best, first = rloo(path, args[0] == "lora")
    elif name == "train":
        best, first = measure(train(path, int(args[0]), int(args[1]), "compile" in args))
    else:
        best, first = measure(generate(path, int(args[0])))
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"best": best, "first": first, "peak": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
