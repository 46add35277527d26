"""Golden data for GGUF, from llama.cpp's Python package.

    peers/bin/pip install gguf==0.19.0
    peers/bin/python tools/golden/gguf_files.py tests/golden

Writes gguf/blocks.json: random blocks of each quantized type with the numbers that they stand for;
gguf/llama.gguf: the model of architectures/llama with half of its matrices quantized (llama.json has what these then
stand for) and a byte-level tokenizer; and gguf/llama3.gguf: that of architectures/llama_bias_rope3, whose biases and
stretched rotary angles (rope_freqs.weight, as llama.cpp's convert_hf_to_gguf.py makes it) it has.
"""

import base64
import json
import os
import sys

import gguf
import numpy
from gguf import GGMLQuantizationType as Type
from safetensors.numpy import load_file

TYPES = ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q6_K"]
SCALES = {"Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q4_K": [0, 2], "Q6_K": [208]}


def blocks(name, random):
    elements, size = gguf.GGML_QUANT_SIZES[Type[name]]
    count = 3 if elements > 1 else 64
    raw = random.integers(0, 256, (count, size), dtype=numpy.uint8)
    for at in SCALES.get(name, []):  # scales have to be finite
        raw[:, at:at + 2] = random.normal(0, 0.1, (count, 1)).astype(numpy.float16).view(numpy.uint8)
    if name in ("F16", "BF16"):
        halves = random.normal(0, 1, count).astype(numpy.float32)
        raw = gguf.quants.quantize(halves, Type[name]).view(numpy.uint8).reshape(count, size)
    values = gguf.quants.dequantize(raw.reshape(1, -1) if elements > 1 else raw.reshape(-1), Type[name])
    return {"bytes": base64.b64encode(raw.tobytes()).decode(), "values": values.flatten().astype(float).tolist()}


def permuted(weight, heads):
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def names(config):
    per_layer = {"input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
                 "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
                 "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
                 "mlp.down_proj": "ffn_down"}
    table = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    for layer in range(config["num_hidden_layers"]):
        table |= {f"model.layers.{layer}.{a}": f"blk.{layer}.{b}" for a, b in per_layer.items()}
    return table


def rope_factors(config):
    """What each angle is divided by, in Llama 3's scaling."""
    scaling, half = config["rope_scaling"], config["head_dim"] // 2
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    waves = 2 * numpy.pi * config["rope_theta"] ** (numpy.arange(half) / half)
    smooth = numpy.clip((scaling["original_max_position_embeddings"] / waves - low) / (high - low), 0, 1)
    return (1 / ((1 - smooth) / scaling["factor"] + smooth)).astype(numpy.float32)


def model(directory, target, file, quantize):
    config = json.load(open(os.path.join(directory, "config.json")))
    weights = load_file(os.path.join(directory, "model.safetensors"))
    writer = gguf.GGUFWriter(os.path.join(target, f"{file}.gguf"), "llama")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config.get("rope_theta") or config["rope_parameters"]["rope_theta"])
    tokens = ["<end>", "a", "b", "c", "d", "e", "Ġ", "ab", "abc", "Ġa"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3] + [1] * (len(tokens) - 1))
    writer.add_token_merges(["a b", "ab c", "Ġ a"])
    writer.add_eos_token_id(0)
    writer.add_chat_template("{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}")
    if config.get("rope_scaling"):
        writer.add_tensor("rope_freqs.weight", rope_factors(config))
    stored = {}
    for name, short in names(config).items():
        if f"{name}.weight" not in weights:  # a tied head
            continue
        weight = weights[f"{name}.weight"]
        heads = {"q_proj": "num_attention_heads", "k_proj": "num_key_value_heads"}.get(name.split(".")[-1])
        rows = permuted(weight, config[heads]) if heads else weight
        if f"{name}.bias" in weights:
            bias = weights[f"{name}.bias"]
            writer.add_tensor(f"{short}.bias", (permuted(bias, config[heads]) if heads else bias).copy())
        quantized = quantize and "layers.1" in name and weight.ndim == 2 and weight.shape[-1] % 32 == 0
        if quantized:
            raw = gguf.quants.quantize(rows, Type.Q8_0)
            writer.add_tensor(f"{short}.weight", raw, raw_dtype=Type.Q8_0)
            rows = gguf.quants.dequantize(raw, Type.Q8_0)
            back = rows if not heads else rows.reshape(config[heads], rows.shape[0] // config[heads] // 2, 2, -1) \
                .swapaxes(1, 2).reshape(rows.shape)
            stored[f"{name}.weight"] = back.flatten().astype(float).tolist()
        else:
            writer.add_tensor(f"{short}.weight", rows.copy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return stored


def main(golden):
    target = os.path.join(golden, "gguf")
    os.makedirs(target, exist_ok=True)
    random = numpy.random.default_rng(5)
    with open(os.path.join(target, "blocks.json"), "w") as file:
        json.dump({name: blocks(name, random) for name in TYPES}, file)
    stored = model(os.path.join(golden, "architectures", "llama"), target, "llama", True)
    with open(os.path.join(target, "llama.json"), "w") as file:
        json.dump({"gguf": "0.19.0", "weights": stored}, file)
    model(os.path.join(golden, "architectures", "llama_bias_rope3"), target, "llama3", False)


if __name__ == "__main__":
    main(sys.argv[1])
