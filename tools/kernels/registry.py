"""Which operators ONNX Runtime has kernels for, by device, as its own registry tells: tests/golden/kernels.json.

    python -m venv .venv && .venv/bin/pip install onnxruntime-gpu==1.30.0
    for provider in cuda tensorrt; do
      deno run -A tests/cuda/stand_ins.ts \\
        .venv/lib/python3.*/site-packages/onnxruntime/capi/libonnxruntime_providers_$provider.so STAND_INS/$provider
    done
    LD_LIBRARY_PATH=STAND_INS/cuda:STAND_INS/tensorrt .venv/bin/python tools/kernels/registry.py > tests/golden/kernels.json

All providers of the wheel have to load for that; where there is no GPU, over stand-ins. A kernel is listed for the opsets in
which ONNX Runtime takes it: its first one is the version that the operator has there, or its range has an end and that in it.
"""
import json

import onnxruntime
import onnxruntime.capi.onnxruntime_pybind11_state as state

OPSETS = range(21, 25)
LATEST = 2**31 - 1
DEVICES = {"CPUExecutionProvider": "cpu", "CUDAExecutionProvider": "cuda"}
TYPES = {
    "float": "float32", "float16": "float16", "int8": "int8", "uint8": "uint8", "int32": "int32", "int64": "int64",
    "bool": "bool",
}
DOMAINS = {"": "", "com.microsoft": "com.microsoft"}
OPERATORS = """
    Add Sub Mul Div Mod Min Max Less LessOrEqual Equal Greater GreaterOrEqual Not And Or Neg Abs Floor Exp Log Sqrt
    Sigmoid Tanh Pow Reciprocal QuickGelu Softmax LogSoftmax ReduceMax ReduceMin ReduceSum ReduceSumSquare ReduceMean
    Where BitwiseAnd BitwiseOr BitShift Cast MatMul FusedMatMul Gemm Transpose Reshape Expand Shape Concat Split Slice
    Pad Gather GatherElements GatherND ScatterElements ScatterND CumSum ArgMax TopK SimplifiedLayerNormalization
    SkipSimplifiedLayerNormalization RMSNormalization RotaryEmbedding MatMulNBits GroupQueryAttention
    MultiHeadAttention Attention TensorScatter Identity DequantizeLinear GatherBlockQuantized BiasSoftmax Squeeze
    Unsqueeze Range Tile
""".split()


def kept(types):
    names = [t.removeprefix("tensor(").removesuffix(")") for t in types]
    return sorted(TYPES[name] for name in names if name in TYPES)


def versions():
    """The version of each operator's definition in each opset."""
    known = {}
    for schema in state.get_all_operator_schema():
        if schema.domain in DOMAINS and schema.name in OPERATORS:
            known.setdefault((schema.domain, schema.name), []).append(schema)
    chosen = {}
    for (domain, name), schemas in known.items():
        for opset in OPSETS:
            limit = opset if domain == "" else 1
            fitting = [s for s in schemas if s.since_version <= limit]
            if fitting:
                chosen[domain, name, opset] = max(fitting, key=lambda s: s.since_version)
    return chosen


def letters(parameters):
    """The type of each parameter: a letter that stands for several, or a type; `...` before one that repeats."""
    variadic = state.schemadef.OpSchema.FormalParameterOption.Variadic
    return [("..." if p.option == variadic else "") + p.typeStr for p in parameters]


schemas = versions()
operators = {}
for (domain, name, opset), schema in sorted(schemas.items()):
    entry = {
        "opsets": [opset, opset],
        "inputs": letters(schema.inputs),
        "outputs": letters(schema.outputs),
        "kernels": {device: [] for device in DEVICES.values()},
    }
    for kernel in state.get_all_opkernel_def():
        device = DEVICES.get(kernel.provider)
        if device is None or (kernel.domain, kernel.op_name) != (domain, name):
            continue
        first, last = kernel.version_range
        if not (first == schema.since_version or (last != LATEST and first <= schema.since_version <= last)):
            continue
        types = {letter: kept(allowed) for letter, allowed in sorted(kernel.type_constraints.items())}
        if types not in entry["kernels"][device] and all(types.values()):
            entry["kernels"][device].append(types)
    key = (domain + ":" if domain else "") + name
    before = operators.setdefault(key, [])
    same = before and {**before[-1], "opsets": None} == {**entry, "opsets": None}
    if same:
        before[-1]["opsets"][1] = opset
    else:
        before.append(entry)

rows = ",\n".join(
    f'    {json.dumps(name)}: [\n' + ",\n".join(f"      {json.dumps(entry)}" for entry in entries) + "\n    ]"
    for name, entries in operators.items()
)
print(f'{{\n  "onnxruntime": "{onnxruntime.__version__}",\n  "operators": {{\n{rows}\n  }}\n}}')
