/**
 * The ONNX operators this project builds graphs from: inputs, attributes and shape rules.
 *
 * Names, inputs and attributes are ONNX's own (https://onnx.ai/onnx/operators); `domain` marks the
 * contributed operators of ONNX Runtime (docs/ContribOperators.md there).
 *
 * @module
 */
import type { DType } from "../runtime/mod.ts";
import {
  axesOf,
  comparison,
  constantOf,
  elementwise,
  type InferInput,
  matmulShape,
  reshaped,
  same,
  sameDtype,
  swapLast,
} from "./shape_inference.ts";
import { broadcast, type Dim, formatShape, normalizeAxis, type TensorType } from "./types.ts";

/** Kinds of attributes and the TypeScript type of each. */
export interface AttributeKinds {
  int: number;
  ints: readonly number[];
  float: number;
  string: string;
  dtype: DType;
}

/** Attribute values of a node. */
export type Attributes = Readonly<Record<string, AttributeKinds[keyof AttributeKinds]>>;

/** One operator. */
export interface OpDefinition {
  /** Input names; a trailing `?` marks an optional one, a leading `...` any number, and none at all one that is left out. */
  readonly inputs: readonly string[];
  /** Output names; one `Y` unless given. A node with several outputs gives an array. */
  readonly outputs?: readonly string[];
  readonly attributes?: Readonly<Record<string, keyof AttributeKinds>>;
  readonly domain?: "com.microsoft";
  /** The version of ONNX's operators that it came with, where that is a later one than graphs have otherwise. */
  readonly since?: number;
  /** Types of the outputs. @throws {RangeError} when the inputs do not fit together */
  infer(inputs: readonly InferInput[], attributes: Attributes): readonly TensorType[];
}

const UNARY = { inputs: ["X"], infer: same } as const;
const BINARY = { inputs: ["A", "B"], infer: elementwise } as const;
const COMPARE = { inputs: ["A", "B"], infer: comparison } as const;
const REDUCE = {
  inputs: ["data", "axes"],
  attributes: { keepdims: "int" },
  infer: ([x, axes], { keepdims = 1 }) => {
    const reduced = axesOf(axes!, x!.shape.length);
    const shape = x!.shape.flatMap((dim, i): Dim[] =>
      reduced.has(i) ? (keepdims === 1 ? [1] : []) : [dim]
    );
    return [{ dtype: x!.dtype, shape }];
  },
} as const satisfies OpDefinition;
const NORMALIZE = { inputs: ["X"], attributes: { axis: "int" }, infer: same } as const;
const SCATTER_ATTRIBUTES = { reduction: "string" } as const;

/** Every operator the graph compiler knows. A gradient and a test case are demanded for each by type. */
export const OPS = {
  Add: BINARY,
  Sub: BINARY,
  Mul: BINARY,
  Div: BINARY,
  Min: BINARY,
  Max: BINARY,
  Less: COMPARE,
  LessOrEqual: COMPARE,
  Neg: UNARY,
  Exp: UNARY,
  Log: UNARY,
  Sqrt: UNARY,
  Sigmoid: UNARY,
  /** x σ(alpha x): SiLU where alpha is 1. */
  QuickGelu: {
    domain: "com.microsoft",
    inputs: ["X"],
    attributes: { alpha: "float" },
    infer: same,
  },
  Softmax: NORMALIZE,
  LogSoftmax: NORMALIZE,
  ReduceMax: REDUCE,
  ReduceSum: REDUCE,
  ReduceSumSquare: REDUCE,
  ReduceMean: REDUCE,
  Where: {
    inputs: ["condition", "X", "Y"],
    infer: ([c, x, y]) => {
      sameDtype(x!, y!);
      return [{ dtype: x!.dtype, shape: broadcast(broadcast(c!.shape, x!.shape), y!.shape) }];
    },
  },
  Cast: {
    inputs: ["input"],
    attributes: { to: "dtype" },
    infer: ([x], { to }) => [{ dtype: to as DType, shape: x!.shape }],
  },
  MatMul: {
    inputs: ["A", "B"],
    infer: ([a, b]) => [{ dtype: a!.dtype, shape: matmulShape(a!.shape, b!.shape) }],
  },
  FusedMatMul: {
    domain: "com.microsoft",
    inputs: ["A", "B"],
    attributes: { transA: "int", transB: "int", alpha: "float" },
    infer: ([a, b], { transA = 0, transB = 0 }) => [{
      dtype: a!.dtype,
      shape: matmulShape(
        transA === 1 ? swapLast(a!.shape) : a!.shape,
        transB === 1 ? swapLast(b!.shape) : b!.shape,
      ),
    }],
  },
  /** A standard file leaves `C` out where there is none to add. */
  Gemm: {
    inputs: ["A", "B", "C"],
    attributes: { transA: "int", transB: "int", alpha: "float", beta: "float" },
    infer: ([a, b, c], { transA = 0, transB = 0 }) => {
      const product = matmulShape(
        transA === 1 ? swapLast(a!.shape) : a!.shape,
        transB === 1 ? swapLast(b!.shape) : b!.shape,
      );
      if (c !== undefined && formatShape(broadcast(product, c.shape)) !== formatShape(product)) {
        throw new RangeError(`Cannot add ${formatShape(c.shape)} to ${formatShape(product)}`);
      }
      return [{ dtype: a!.dtype, shape: product }];
    },
  },
  Transpose: {
    inputs: ["data"],
    attributes: { perm: "ints" },
    infer: ([x], { perm }) => {
      const order = perm as readonly number[];
      if ([...order].sort().some((axis, i) => axis !== i) || order.length !== x!.shape.length) {
        throw new RangeError(`Cannot transpose ${formatShape(x!.shape)} by [${order}]`);
      }
      return [{ dtype: x!.dtype, shape: order.map((axis) => x!.shape[axis]!) }];
    },
  },
  Reshape: {
    inputs: ["data", "shape"],
    infer: ([x, shape]) => [{
      dtype: x!.dtype,
      shape: reshaped(x!.shape, constantOf(shape!, "shape")),
    }],
  },
  Expand: {
    inputs: ["input", "shape"],
    infer: ([x, shape]) => [{
      dtype: x!.dtype,
      shape: broadcast(x!.shape, constantOf(shape!, "shape")),
    }],
  },
  Shape: {
    inputs: ["data"],
    attributes: { start: "int", end: "int" },
    infer: ([x], { start = 0, end }) => [{
      dtype: "int64",
      shape: [((end as number | undefined) ?? x!.shape.length) - (start as number)],
    }],
  },
  Concat: {
    inputs: ["...inputs"],
    attributes: { axis: "int" },
    infer: (inputs, { axis }) => {
      const first = inputs[0]!.shape;
      const at = normalizeAxis(axis as number, first.length);
      const sizes = inputs.map((x) => x.shape[at]!);
      const total = sizes.every((size) => typeof size === "number")
        ? (sizes as number[]).reduce((a, b) => a + b, 0)
        : sizes.join("+");
      return [{ dtype: inputs[0]!.dtype, shape: first.map((dim, i) => i === at ? total : dim) }];
    },
  },
  Slice: {
    inputs: ["data", "starts", "ends", "axes"],
    infer: ([x, starts, ends, axes]) => {
      const [from, to] = [constantOf(starts!, "starts"), constantOf(ends!, "ends")];
      const shape = [...x!.shape];
      for (const [i, axis] of [...axesOf(axes!, shape.length)].entries()) {
        shape[axis] = to[i]! - from[i]!;
      }
      return [{ dtype: x!.dtype, shape }];
    },
  },
  /** Zeros around `data`: as many before and after as `pads` says for the axes. */
  Pad: {
    inputs: ["data", "pads", "constant_value", "axes"],
    infer: ([x, pads, , axes]) => {
      const added = constantOf(pads!, "pads"), chosen = [...axesOf(axes!, x!.shape.length)];
      const shape = [...x!.shape];
      for (const [i, axis] of chosen.entries()) {
        shape[axis] = shape[axis] as number + added[i]! + added[i + chosen.length]!;
      }
      return [{ dtype: x!.dtype, shape }];
    },
  },
  Gather: {
    inputs: ["data", "indices"],
    attributes: { axis: "int" },
    infer: ([x, indices], { axis = 0 }) => {
      const at = normalizeAxis(axis as number, x!.shape.length);
      const shape = [...x!.shape.slice(0, at), ...indices!.shape, ...x!.shape.slice(at + 1)];
      return [{ dtype: x!.dtype, shape }];
    },
  },
  GatherElements: {
    inputs: ["data", "indices"],
    attributes: { axis: "int" },
    infer: ([x, indices]) => [{ dtype: x!.dtype, shape: indices!.shape }],
  },
  ScatterElements: {
    inputs: ["data", "indices", "updates"],
    attributes: { axis: "int", ...SCATTER_ATTRIBUTES },
    infer: same,
  },
  ScatterND: {
    inputs: ["data", "indices", "updates"],
    attributes: SCATTER_ATTRIBUTES,
    infer: same,
  },
  CumSum: { inputs: ["x", "axis"], infer: same },
  ArgMax: {
    inputs: ["data"],
    attributes: { axis: "int", keepdims: "int" },
    infer: ([x], { axis = 0, keepdims = 1 }) => {
      const at = normalizeAxis(axis as number, x!.shape.length);
      const shape = x!.shape.flatMap((dim, i): Dim[] =>
        i === at ? (keepdims === 1 ? [1] : []) : [dim]
      );
      return [{ dtype: "int64", shape }];
    },
  },
  SimplifiedLayerNormalization: {
    inputs: ["X", "scale"],
    attributes: { axis: "int", epsilon: "float" },
    infer: ([x, scale]) => {
      if (x!.shape.at(-1) !== scale!.shape[0]) {
        throw new RangeError(
          `Cannot normalize ${formatShape(x!.shape)} with a scale of ${formatShape(scale!.shape)}`,
        );
      }
      return [{ dtype: x!.dtype, shape: x!.shape }];
    },
  },
  RotaryEmbedding: {
    domain: "com.microsoft",
    inputs: ["input", "position_ids", "cos_cache", "sin_cache"],
    infer: same,
  },
  MatMulNBits: {
    domain: "com.microsoft",
    inputs: ["A", "B", "scales"],
    attributes: { K: "int", N: "int", bits: "int", block_size: "int", accuracy_level: "int" },
    infer: ([a], { K, N }) => {
      if (a!.shape.at(-1) !== K) {
        throw new RangeError(`Cannot multiply ${formatShape(a!.shape)} with [${K},${N}]`);
      }
      return [{ dtype: a!.dtype, shape: [...a!.shape.slice(0, -1), N as number] }];
    },
  },
  TensorScatter: {
    since: 24,
    inputs: ["past_cache", "update", "write_indices"],
    attributes: { axis: "int" },
    infer: same,
  },
  Attention: {
    since: 24,
    inputs: ["Q", "K", "V", "", "", "", "nonpad_kv_seqlen"],
    attributes: { scale: "float", is_causal: "int" },
    infer: same,
  },
  GroupQueryAttention: {
    domain: "com.microsoft",
    inputs: [
      "query",
      "key",
      "value",
      "past_key",
      "past_value",
      "seqlens_k",
      "total_sequence_length",
      "cos_cache",
      "sin_cache",
    ],
    outputs: ["output", "present_key", "present_value"],
    attributes: { num_heads: "int", kv_num_heads: "int", do_rotary: "int", scale: "float" },
    infer: ([query, , , key, value]) => {
      const headSize = key!.shape.at(-1);
      if (typeof headSize !== "number" || headSize % 16 !== 0) {
        throw new RangeError(
          `Cannot attend with heads of ${headSize}: ONNX Runtime wants multiples of 16`,
        );
      }
      return [
        { dtype: query!.dtype, shape: query!.shape },
        { dtype: key!.dtype, shape: key!.shape },
        { dtype: value!.dtype, shape: value!.shape },
      ];
    },
  },
} as const satisfies Record<string, OpDefinition>;

/** Name of a known operator, in ONNX's spelling. */
export type OpName = keyof typeof OPS;
