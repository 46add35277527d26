"""Golden data of LoRA, from PEFT.

    peers/bin/pip install peft==0.21.2
    peers/bin/python tools/golden/adapters.py tests/golden

Puts adapters on the model of architectures/llama and writes, under adapters/: them as PEFT saves them; golden.json with
the loss and those of ten AdamW steps; trained.safetensors with the adapters after these, named as PEFT saves them.
"""

import json
import os
import shutil
import sys

import peft
import torch
from architectures import LENGTHS, batch, loss_of
from peft import LoraConfig, get_peft_model
from transformers import LlamaForCausalLM

STEPS, RATE, EPSILON = 10, 1e-2, 1e-6


def main(golden):
    target = os.path.join(golden, "adapters")
    torch.manual_seed(11)
    model = LlamaForCausalLM.from_pretrained(os.path.join(golden, "architectures", "llama"), dtype=torch.float32,
                                             attn_implementation="eager")
    model = get_peft_model(model, LoraConfig(r=4, lora_alpha=6, lora_dropout=0.0, task_type="CAUSAL_LM",
                                             target_modules=["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"]))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.2)
    model.save_pretrained(target)
    os.remove(os.path.join(target, "README.md"))
    ids, mask = batch()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, eps=EPSILON, weight_decay=0)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss, _ = loss_of(model, ids, mask)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        losses.append(loss.item())
    after = os.path.join(target, "after")
    model.save_pretrained(after)
    shutil.move(os.path.join(after, "adapter_model.safetensors"), os.path.join(target, "trained.safetensors"))
    shutil.rmtree(after)
    with open(os.path.join(target, "golden.json"), "w") as file:
        json.dump({"versions": {"torch": torch.__version__, "peft": peft.__version__}, "losses": losses,
                   "rows": [row[:n].tolist() for row, n in zip(ids, LENGTHS)],
                   "adamw": {"steps": STEPS, "learning_rate": RATE, "epsilon": EPSILON}}, file)


if __name__ == "__main__":
    main(sys.argv[1])
