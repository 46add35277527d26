"""Runs an exported model in ONNX Runtime, all rows at once, and in GenAI, row by row; prints greedy ids of both as JSON."""

import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
import onnxruntime_genai as og

directory, prompts, count = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
with open(os.path.join(directory, "genai_config.json")) as file:
    config = json.load(file)["model"]
decoder, path = config["decoder"], os.path.join(directory, config["decoder"]["filename"])
onnx.checker.check_model(path, full_check=True)


def in_onnx_runtime():
    session = onnxruntime.InferenceSession(path)
    width = max(map(len, prompts))
    pads = [width - len(ids) for ids in prompts]
    ids = np.array([[0] * pad + ids for pad, ids in zip(pads, prompts)], np.int64)
    mask = np.array([[0] * pad + [1] * (width - pad) for pad in pads], np.int64)
    shape = (len(prompts), decoder["num_key_value_heads"], 0, decoder["head_size"])
    names = [one.name for one in session.get_inputs() if one.name.startswith("past_key_values.")]
    past = {name: np.zeros(shape, np.float32) for name in names}
    outputs, written = [one.name for one in session.get_outputs()], []
    for _ in range(count):
        positions = np.maximum(mask.cumsum(1) - 1, 0)[:, -ids.shape[1]:]
        feeds = {"input_ids": ids, "attention_mask": mask, "position_ids": positions, **past}
        results = dict(zip(outputs, session.run(outputs, feeds)))
        ids = results.pop("logits")[:, -1:].argmax(-1)
        written.append(ids)
        mask = np.pad(mask, ((0, 0), (0, 1)), constant_values=1)
        past = {name.replace("present", "past_key_values"): x for name, x in results.items()}
    return np.concatenate(written, 1).tolist()


def in_genai():
    model, written = og.Model(directory), []
    for ids in prompts:
        params = og.GeneratorParams(model)
        params.set_search_options(max_length=len(ids) + count, do_sample=False)
        generator = og.Generator(model, params)
        generator.append_tokens(np.array(ids, np.int32))
        while not generator.is_done():
            generator.generate_next_token()
        written.append([int(id) for id in generator.get_sequence(0)[len(ids):]])
    return written


print(json.dumps({"onnxruntime": in_onnx_runtime(), "genai": in_genai()}))
