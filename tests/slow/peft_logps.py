"""Opens a saved policy in transformers and its adapters in PEFT; prints the log-probability of each id but the first."""

import json
import os
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

directory, ids = sys.argv[1], torch.tensor([list(map(int, sys.argv[2].split(",")))])
AutoTokenizer.from_pretrained(directory)
base = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
model = PeftModel.from_pretrained(base, os.path.join(directory, "adapter")).eval()
with torch.no_grad():
    logps = torch.log_softmax(model(ids).logits[0, :-1], -1).gather(1, ids[0, 1:, None])[:, 0]
print(json.dumps(logps.tolist()))
