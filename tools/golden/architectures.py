"""Golden data of tiny random models of each architecture, from PyTorch and transformers.

    python3 -m venv peers && peers/bin/pip install torch==2.13.0 transformers==5.23.0
    peers/bin/python tools/golden/architectures.py tests/golden/architectures

Models that are there already are kept (they were made with transformers 4.57.1).

For each: config.json and model.safetensors as transformers saves them; golden.json with the batch, logits of its
first row, loss, and the losses of ten AdamW steps; gradients.safetensors with every named gradient;
trained.safetensors with the weights after the ten steps, which are computed in float64: the gradient of a key bias is next
to nothing, and AdamW makes steps of its rounding.
"""

import contextlib
import json
import os
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM
from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

SHAPE = dict(vocab_size=23, hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=2,
             num_key_value_heads=1, head_dim=16, max_position_embeddings=64)
LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=16)
MODELS = {
    "llama": (LlamaForCausalLM, LlamaConfig(**SHAPE, tie_word_embeddings=False, rms_norm_eps=1e-5)),
    "llama_bias_rope3": (LlamaForCausalLM, LlamaConfig(**SHAPE, tie_word_embeddings=True, attention_bias=True,
                                                       rope_theta=500.0, rope_scaling=LLAMA3)),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config(**SHAPE, tie_word_embeddings=True, rope_theta=1e6)),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config(**SHAPE, tie_word_embeddings=False, rope_theta=1e6)),
}
STORED = {"llama": dict(dtype=torch.bfloat16, max_shard_size="20KB"), "qwen2": dict(dtype=torch.float16)}
LENGTHS = [12, 7, 9]
STEPS, RATE, EPSILON, DECAY = 10, 1e-3, 1e-6, 0.01


def batch():
    generator = torch.Generator().manual_seed(3)
    ids = torch.randint(0, SHAPE["vocab_size"], (len(LENGTHS), max(LENGTHS)), generator=generator)
    mask = torch.tensor([[t < n for t in range(max(LENGTHS))] for n in LENGTHS])
    return ids, mask


def loss_of(model, ids, mask):
    logits = model(ids, attention_mask=mask.long(), use_cache=False).logits
    logps = torch.log_softmax(logits[:, :-1].float(), -1).gather(2, ids[:, 1:, None])[..., 0]
    return -(logps * mask[:, 1:]).sum() / mask[:, 1:].sum(), logits


def named(model, pick):
    tied = model.config.tie_word_embeddings
    return {n: pick(p).detach().clone().contiguous() for n, p in model.named_parameters()
            if not (tied and n == "lm_head.weight")}


@contextlib.contextmanager
def everything_in_float64():
    """transformers' norms and softmax ask for float32 by name."""
    single, to_single = torch.float32, torch.Tensor.float
    torch.float32, torch.Tensor.float = torch.float64, torch.Tensor.double
    try:
        yield
    finally:
        torch.float32, torch.Tensor.float = single, to_single


def ten_steps(model, ids, mask):
    """Losses of the steps, and the weights after them."""
    losses = []
    with everything_in_float64():
        model = model.double()
        optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, eps=EPSILON, weight_decay=DECAY)
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss, _ = loss_of(model, ids, mask)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
    return losses, named(model, lambda p: p.data.to(torch.float32))


def main(target):
    ids, mask = batch()
    for name, (kind, config) in MODELS.items():
        directory = os.path.join(target, name)
        torch.manual_seed(7)
        config._attn_implementation = "eager"
        if os.path.exists(os.path.join(directory, "model.safetensors")):
            model = kind.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager").train()
        else:
            model = kind(config).float().train()
            with torch.no_grad():  # larger than at the start of training, so that every part matters
                for parameter_name, parameter in model.named_parameters():
                    scale = 0.3 if parameter.dim() > 1 else 0.1
                    parameter.add_(torch.randn_like(parameter) * scale)
            model.save_pretrained(directory)
        loss, logits = loss_of(model, ids, mask)
        loss.backward()
        save_file(named(model, lambda p: p.grad), os.path.join(directory, "gradients.safetensors"))
        golden = {
            "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
            "rows": [row[:n].tolist() for row, n in zip(ids, LENGTHS)],
            "logits": logits[0].detach().tolist(),
            "adamw": {"steps": STEPS, "learning_rate": RATE, "epsilon": EPSILON, "weight_decay": DECAY},
        }
        golden["losses"], trained = ten_steps(model, ids, mask)
        save_file(trained, os.path.join(directory, "trained.safetensors"))
        with open(os.path.join(directory, "golden.json"), "w") as file:
            json.dump(golden, file)
        options = STORED.get(name)
        stored = options and os.path.join(target, f"{name}_{str(options['dtype']).split('.')[-1]}")
        if stored and not os.path.exists(stored):  # the same architecture as checkpoints come: half precision, in shards
            small = kind.from_pretrained(directory, dtype=options["dtype"])
            small.save_pretrained(stored, max_shard_size=options.get("max_shard_size", "1GB"))
            again = kind.from_pretrained(stored, dtype=torch.float32).eval()
            with torch.no_grad(), open(os.path.join(stored, "golden.json"), "w") as file:
                json.dump({"rows": golden["rows"], "loss": loss_of(again, ids, mask)[0].item()}, file)


if __name__ == "__main__":
    main(sys.argv[1])
