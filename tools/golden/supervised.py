"""Supervised fine-tuning of the embedded model by TRL's SFTTrainer: losses, gradient norms and rates of six steps, in
float64, on prompt-completion examples in the order that they stand in.

Run: python tools/golden/supervised.py tests/golden/supervised.json
"""
import json
import os
import sys
import tempfile

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

MODEL = os.path.join(os.path.dirname(__file__), "../../examples/models/listprog")
EXAMPLES = [
    {"prompt": "Q12345ab:", "completion": "a21645b"},
    {"prompt": "Q31415rtwnir:", "completion": "r51413t"},
    {"prompt": "Q90210wni:", "completion": "w"},
    {"prompt": "T:", "completion": "29162?a92862=92862a#29162"},
    {"prompt": "Q00000rtwni:", "completion": "r00000t00000"},
    {"prompt": "Q98765abcdab:", "completion": "a1"},
]
BATCH, STEPS = 2, 6


def main():
    model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float64)
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    with tempfile.TemporaryDirectory() as directory:
        config = SFTConfig(
            output_dir=directory,
            per_device_train_batch_size=BATCH,
            max_steps=STEPS,
            learning_rate=1e-3,
            lr_scheduler_type="linear",
            warmup_steps=2,
            weight_decay=0.01,
            max_grad_norm=1.0,
            logging_steps=1,
            train_sampling_strategy="sequential",
            bf16=False,
            use_cpu=True,
            gradient_checkpointing=False,
            max_length=None,
            report_to="none",
            save_strategy="no",
        )
        trainer = SFTTrainer(model, args=config, train_dataset=Dataset.from_list(EXAMPLES),
                             processing_class=tokenizer)
        trainer.train()
        rows = [trainer.train_dataset[i] for i in range(len(EXAMPLES))]
        logs = [log for log in trainer.state.log_history if "grad_norm" in log]
    with open(sys.argv[1], "w") as file:
        json.dump({
            "examples": EXAMPLES,
            "rows": [{"ids": r["input_ids"], "labels": r["labels"]} for r in rows],
            "batch": BATCH,
            "steps": [{k: log[k] for k in ("loss", "grad_norm", "learning_rate")} for log in logs],
        }, file)


main()
