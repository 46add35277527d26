"""Golden data of checkpoints as they come: what transformers and PEFT make of settings and of tensors.

    peers/bin/pip install torch==2.13.0 transformers==5.23.0 peft==0.21.2
    peers/bin/python tools/golden/checkpoints.py tests/golden/checkpoints.json

Each case is a directory of JSON and safetensors files. Tensors are not stored: their numbers follow from their names, here
and in tests/checkpoints.ts. Written are the files, tensors by shape, and the log-probability of each token of IDS given
those before it; of some adapters the losses of ten AdamW steps.
"""

import json
import os
import sys
import tempfile

import numpy
import torch
import transformers
from peft import PeftModel
from safetensors.numpy import save_file
from transformers import AutoConfig, AutoModelForCausalLM

IDS = [5, 7, 9, 11, 3, 4, 6, 8, 10, 12, 5, 5, 9, 13, 14, 2, 7, 8, 9, 10, 11, 12, 13, 14, 3, 4, 5, 6, 7, 8]
COMMON = dict(vocab_size=27, hidden_size=32, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
              num_key_value_heads=2, max_position_embeddings=128, rms_norm_eps=1e-5, eos_token_id=1)
LLAMA = dict(model_type="llama", **COMMON)
QWEN2 = dict(model_type="qwen2", **COMMON)
QWEN3 = dict(model_type="qwen3", head_dim=16, **COMMON)
LLAMA3 = dict(factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=32)

CONFIGS = {
    "v5 theta": {**LLAMA, "rope_parameters": {"rope_theta": 500000.0, "rope_type": "default"}},
    "v5 without a type": {**LLAMA, "rope_parameters": {"rope_theta": 777.0}},
    "v5 linear": {**LLAMA, "rope_parameters": {"rope_theta": 10000.0, "rope_type": "linear", "factor": 4.0}},
    "v5 llama3": {**LLAMA, "rope_parameters": {"rope_theta": 5e5, "rope_type": "llama3", **LLAMA3}},
    "v5 qwen2": {**QWEN2, "rope_parameters": {"rope_theta": 1e6, "rope_type": "default"}},
    "v5 qwen3 linear": {**QWEN3, "rope_parameters": {"rope_theta": 1e6, "rope_type": "linear", "factor": 3}},
    "v4 theta": {**LLAMA, "rope_theta": 500.0, "rope_scaling": None},
    "v4 linear, old key": {**LLAMA, "rope_scaling": {"type": "linear", "factor": 2.0}},
    "v4 llama3, old key": {**LLAMA, "rope_theta": 5e5, "rope_scaling": {"type": "llama3", **LLAMA3}},
    "v4 both keys": {**LLAMA, "rope_scaling": {"type": "linear", "rope_type": "linear", "factor": 2.0}},
    "v4 default, old key": {**LLAMA, "rope_theta": 5e5, "rope_scaling": {"type": "default"}},
    "v4 empty": {**LLAMA, "rope_theta": 5e5, "rope_scaling": {}},
    "both forms": {**LLAMA, "rope_theta": 5e5, "rope_scaling": {"rope_type": "llama3", **LLAMA3},
                   "rope_parameters": {"rope_theta": 5e5, "rope_type": "llama3", **LLAMA3}},
    "both forms, the base within counts": {**LLAMA, "rope_theta": 10000.0, "rope_scaling": None,
                                           "rope_parameters": {"rope_theta": 5e5, "rope_type": "default"}},
    "both forms, the scaling is new": {**LLAMA, "rope_theta": 5e5, "rope_scaling": {"type": "linear", "factor": 2.0},
                                       "rope_parameters": {"rope_theta": 5e5, "rope_type": "default"}},
    "llama3 without a length": {**LLAMA, "rope_theta": 500.0, "rope_scaling": {
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}},
    "yarn": {**LLAMA, "rope_scaling": YARN},
    "yarn, old key": {**LLAMA, "rope_scaling": {"type": "yarn", "factor": 4.0, "finetuned": True,
                                                "original_max_position_embeddings": 32}},
    "yarn, v5": {**LLAMA, "rope_parameters": {**YARN, "rope_theta": 50000.0}},
    "yarn, qwen2": {**QWEN2, "rope_theta": 1e6, "rope_scaling": YARN},
    "yarn, qwen3": {**QWEN3, "rope_theta": 1e6, "rope_scaling": YARN},
    "yarn, attention_factor": {**LLAMA, "rope_scaling": {**YARN, "attention_factor": 1.3}},
    "yarn, betas": {**LLAMA, "rope_scaling": {**YARN, "beta_fast": 8.0, "beta_slow": 0.5}},
    "yarn, mscale": {**LLAMA, "rope_scaling": {**YARN, "mscale": 0.707, "mscale_all_dim": 0.3}},
    "yarn, mscale alone": {**LLAMA, "rope_scaling": {**YARN, "mscale": 0.707}},
    "yarn, mscale of 0": {**LLAMA, "rope_scaling": {**YARN, "mscale": 0.707, "mscale_all_dim": 0}},
    "yarn, not truncated": {**LLAMA, "rope_theta": 500.0, "rope_scaling": {**YARN, "truncate": False}},
    "yarn, truncated": {**LLAMA, "rope_theta": 500.0, "rope_scaling": {**YARN, "truncate": True}},
    "yarn, the factor follows": {**LLAMA, "rope_scaling": {**YARN, "factor": None}},
    "yarn, no length": {**LLAMA, "rope_scaling": {"rope_type": "yarn", "factor": 4.0}},
    "yarn, the length outside": {**LLAMA, "original_max_position_embeddings": 64, "rope_scaling": {
        "rope_type": "yarn", "factor": 4.0}},
    "yarn, two lengths": {**LLAMA, "original_max_position_embeddings": 16, "rope_scaling": YARN},
    "yarn, factor of 1": {**LLAMA, "rope_scaling": {**YARN, "factor": 1.0}},
    "yarn, a step": {**LLAMA, "rope_theta": 3.0, "rope_scaling": {**YARN, "original_max_position_embeddings": 4}},
    "yarn, short context": {**LLAMA, "rope_scaling": {**YARN, "factor": 16.0, "original_max_position_embeddings": 8}},
    "qwen2, attention_bias": {**QWEN2, "attention_bias": True, "mlp_bias": True},
    "qwen2, no attention_bias": {**QWEN2, "attention_bias": False},
    "qwen2, a window that is off": {**QWEN2, "use_sliding_window": False, "sliding_window": 4, "max_window_layers": 1},
    "qwen3, attention_bias": {**QWEN3, "attention_bias": True},
    "qwen3 without head_dim": {**QWEN3, "head_dim": None, "hidden_size": 16, "num_attention_heads": 1,
                               "num_key_value_heads": 1, "num_hidden_layers": 1, "intermediate_size": 8},
    "llama, attention_bias": {**LLAMA, "attention_bias": True},
    "llama, wide heads": {**LLAMA, "head_dim": 16},
    "llama, no key-value heads": {**LLAMA, "num_key_value_heads": None},
    "llama, swish": {**LLAMA, "hidden_act": "swish"},
    "llama, a window longer than the context": {**LLAMA, "sliding_window": 128},
    "old architecture": {**LLAMA, "architectures": ["LLaMAForCausalLM"]},
    "tied": {**LLAMA, "tie_word_embeddings": True},
}
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
# As unsloth writes it.
UNSLOTH = (r"(?:.*?(?:language|text).*?(?:self_attn|attention|attn|mlp|feed_forward|ffn|dense).*?"
           r"(?:k_proj|v_proj|q_proj|gate_proj).*?)|(?:\bmodel\.layers\.[\d]{1,}\."
           r"(?:self_attn|attention|attn|mlp|feed_forward|ffn|dense)\.(?:(?:k_proj|v_proj|q_proj|gate_proj)))")
ADAPTERS = {
    "plain": dict(target_modules=["q_proj", "up_proj"]),
    "alpha_pattern": dict(target_modules=["q_proj", "v_proj", "up_proj"], alpha_pattern={"q_proj": 64}),
    "alpha_pattern of a layer": dict(target_modules=["q_proj", "v_proj"], rank_pattern={"q_proj": 4},
                                     alpha_pattern={"layers.0.self_attn.q_proj": 1}),
    "alpha_pattern, an expression": dict(target_modules=["q_proj", "v_proj"],
                                         alpha_pattern={r"^model\.layers\.1\..*": 3, "v_proj": 16}),
    "rank_pattern": dict(target_modules=["q_proj", "v_proj", "down_proj"], rank_pattern={"v_proj": 2, "mlp.down_proj": 6}),
    "both patterns": dict(target_modules=PROJECTIONS, rank_pattern={r"layers\.0\..*_proj": 3, "o_proj": 5},
                          alpha_pattern={r".*(gate|up)_proj": 2.5}),
    "use_rslora": dict(target_modules=["q_proj", "o_proj"], use_rslora=True),
    "use_rslora, patterns": dict(target_modules=["q_proj", "o_proj"], use_rslora=True, rank_pattern={"q_proj": 2},
                                 alpha_pattern={"o_proj": 5}),
    "all-linear": dict(target_modules="all-linear"),
    "an expression": dict(target_modules=r".*\.(q|v)_proj"),
    "an expression, one layer": dict(target_modules=r"model\.layers\.1\.mlp\.(?P<which>up|down)_proj"),
    "an expression for either case": dict(target_modules=r"(?i).*\.(Q|V)_PROJ"),
    "unsloth's expression": dict(target_modules=UNSLOTH),
    "whole paths": dict(target_modules=["model.layers.0.self_attn.q_proj", "model.layers.1.mlp.up_proj"]),
    "part of a path": dict(target_modules=["self_attn.q_proj", "1.mlp.up_proj"]),
    "targets that are not there": dict(target_modules=["q_proj", "query_key_value", "c_attn"]),
    "layers_to_transform": dict(target_modules=["q_proj", "up_proj"], layers_to_transform=[1]),
    "layers_to_transform, a number": dict(target_modules=["q_proj", "up_proj"], layers_to_transform=0),
    "layers_pattern": dict(target_modules=["q_proj", "up_proj"], layers_to_transform=[1], layers_pattern="layers"),
    "layers and a whole path": dict(target_modules=["q_proj", "model.layers.0.mlp.up_proj"], layers_to_transform=[1]),
    "exclude_modules": dict(target_modules=["q_proj", "v_proj", "up_proj"], exclude_modules=["layers.0.self_attn.q_proj"]),
    "exclude_modules, an expression": dict(target_modules=["q_proj", "v_proj", "up_proj"],
                                           exclude_modules=r".*layers\.1\.self_attn.*"),
    "all-linear, some excluded": dict(target_modules="all-linear", exclude_modules=["mlp.down_proj", "k_proj"]),
    "gaussian": dict(target_modules=["q_proj"], init_lora_weights="gaussian"),
}


def made(name, shape):
    """Numbers that follow from a name: a hash (FNV-1a) of it, and of each place (the finalizer of murmur3)."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 % 2**32
    x = numpy.arange(int(numpy.prod(shape)), dtype=numpy.uint32) + numpy.uint32(seed)
    with numpy.errstate(over="ignore"):
        x = (x ^ (x >> numpy.uint32(16))) * numpy.uint32(0x85EBCA6B)
        x = (x ^ (x >> numpy.uint32(13))) * numpy.uint32(0xC2B2AE35)
        x = x ^ (x >> numpy.uint32(16))
    uniform = x / 2**32 - 0.5
    norm = "norm" in name
    return ((1 if norm else 0) + (0.4 if norm else 1.0) * uniform).astype(numpy.float32).reshape(shape)


def write(directory, files):
    for name, content in files.items():
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if name.endswith(".json"):
            with open(path, "w") as file:
                json.dump(content, file)
        else:
            save_file({key: made(source, shape) for key, [source, *shape] in content.items()}, path)


def logps(directory):
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager").eval()
    if os.path.exists(os.path.join(directory, "adapter")):
        model = PeftModel.from_pretrained(model, os.path.join(directory, "adapter")).eval()
        plain = [n for n, p in model.named_parameters() if "lora_B" in n and not p.any()]
        assert not plain, plain
    with torch.no_grad():
        scores = torch.log_softmax(model(torch.tensor([IDS])).logits[0].double(), -1)
    return [round(scores[t, i].item(), 6) for t, i in enumerate(IDS[1:])]


def tensors_of(config):
    config = AutoConfig.for_model(**{k: v for k, v in config.items() if k != "head_dim" or v is not None})
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    own = {n: [n, *p.shape] for n, p in model.named_parameters()}
    return own


def tensor_cases():
    """The same model in other files; the second name of a tensor is the one that its numbers follow from."""
    tied, untied = {**LLAMA, "tie_word_embeddings": True}, LLAMA
    own, both = tensors_of(tied), tensors_of(untied)
    embedding = "model.embed_tokens.weight"
    only_head = {("lm_head.weight" if n == embedding else n): source for n, source in own.items()}
    same = {**own, "lm_head.weight": own[embedding]}
    bare = {n.removeprefix("model."): source for n, source in both.items()}
    one, two = dict(list(both.items())[:9]), dict(list(both.items())[9:])
    stale = {n: [f"other {source[0]}", *source[1:]] for n, source in both.items()}
    index = {"metadata": {}, "weight_map": {n: f"model-0000{1 + (n in two)}-of-00002.safetensors" for n in both}}
    shards = {"model.safetensors.index.json": index}
    return {
        "tied, with a head of its own": (tied, {"model.safetensors": both}),
        "tied, with a copy": (tied, {"model.safetensors": same}),
        "tied, the head alone": (tied, {"model.safetensors": only_head}),
        "names without model.": (untied, {"model.safetensors": bare}),
        "a decoder alone": ({**tied, "architectures": ["LlamaModel"]}, {"model.safetensors": {
            n.removeprefix("model."): source for n, source in own.items()}}),
        "shards": (untied, {**shards, "model-00001-of-00002.safetensors": one, "model-00002-of-00002.safetensors": two}),
        "stale shards": (untied, {**shards, "model.safetensors": both,
                                  "model-00001-of-00002.safetensors": {n: stale[n] for n in one},
                                  "model-00002-of-00002.safetensors": {n: stale[n] for n in two}}),
    }


def adapter_files(settings):
    from peft import LoraConfig, get_peft_model
    with torch.device("cpu"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**LLAMA))
    model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **{"r": 4, "lora_alpha": 8, **settings}))
    with tempfile.TemporaryDirectory() as directory:
        model.save_pretrained(directory)
        with open(os.path.join(directory, "adapter_config.json")) as file:
            config = json.load(file)
        from safetensors.numpy import load_file
        stored = load_file(os.path.join(directory, "adapter_model.safetensors"))
    config["target_modules"] = settings["target_modules"] if settings["target_modules"] != "all-linear" else config["target_modules"]
    if isinstance(config["target_modules"], list):
        config["target_modules"] = sorted(config["target_modules"])
    return {"adapter/adapter_config.json": config,
            "adapter/adapter_model.safetensors": {n: [n, *t.shape] for n, t in sorted(stored.items())}}


TRAINED = ["adapter: both patterns", "adapter: use_rslora, patterns", "adapter: layers and a whole path"]
STEPS, RATE, EPSILON = 10, 1e-2, 1e-6


def losses(directory):
    """Of AdamW's steps on an adapter."""
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager")
    model = PeftModel.from_pretrained(model, os.path.join(directory, "adapter"), is_trainable=True)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, eps=EPSILON, weight_decay=0)
    found = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        scores = torch.log_softmax(model(torch.tensor([IDS])).logits[0], -1)
        loss = -scores[torch.arange(len(IDS) - 1), IDS[1:]].mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        found.append(loss.item())
    return found


def main(target):
    directories = {name: {"config.json": {k: v for k, v in config.items() if (k, v) != ("head_dim", None)},
                          "model.safetensors": tensors_of(config)} for name, config in CONFIGS.items()}
    for name, (config, files) in tensor_cases().items():
        directories[name] = {"config.json": config, **files}
    for name, settings in ADAPTERS.items():
        directories[f"adapter: {name}"] = {"config.json": LLAMA, "model.safetensors": tensors_of(LLAMA),
                                           **adapter_files(settings)}
    directories["adapter: all-linear, not spelled out"] = {
        **directories["adapter: all-linear"],
        "adapter/adapter_config.json": {**directories["adapter: all-linear"]["adapter/adapter_config.json"],
                                        "target_modules": "all-linear"}}
    sets, cases = {}, []
    for name, files in directories.items():
        with tempfile.TemporaryDirectory() as directory:
            write(directory, files)
            scores = logps(directory)
            training = {"losses": losses(directory)} if name in TRAINED else {}
        packed = {}
        for file, content in files.items():  # many have the same tensors
            text = json.dumps(content)
            packed[file] = content if file.endswith(".json") else sets.setdefault(text, len(sets))
        cases.append({"name": name, "files": packed, "logps": scores, **training})
        print(name, scores[:3], flush=True)
    written = {kind: config_class().to_dict() for kind, config_class in (
        ("llama", transformers.LlamaConfig), ("qwen2", transformers.Qwen2Config), ("qwen3", transformers.Qwen3Config))}
    for config in written.values():
        config["dtype"] = "bfloat16"
    with open(target, "w") as file:
        json.dump({"versions": {"torch": torch.__version__, "transformers": transformers.__version__}, "ids": IDS,
                   "adamw": {"learning_rate": RATE, "epsilon": EPSILON},
                   "tensors": [json.loads(text) for text in sets], "cases": cases, "written": written}, file)


if __name__ == "__main__":
    main(sys.argv[1])
