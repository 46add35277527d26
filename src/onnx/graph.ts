import type { DType } from "../runtime/mod.ts";
import type { InferInput } from "./shape_inference.ts";
import { isTurned, type ProductSizes } from "./layout.ts";
import {
  type AttributeKinds,
  type Attributes,
  type OpDefinition,
  type OpName,
  OPS,
} from "./ops.ts";
import { type Dim, formatShape, type Shape, type TensorType } from "./types.ts";

/** One application of an operator. Immutable; equal nodes of a graph are the same object. */
export interface Node {
  readonly kind: "op";
  readonly op: OpName;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  /** Unique in the graph, and readable: `layers.0/attention/MatMul`. */
  readonly name: string;
}
/** A value fed when the graph runs. */
export interface Input {
  readonly kind: "input";
  readonly name: string;
}
/** A value stored in the graph. */
export interface Constant {
  readonly kind: "constant";
  readonly name: string;
  readonly data: readonly number[];
}

/**
 * An edge of the graph: one output of a node, an input or a constant.
 *
 * @internal
 */
export interface Value extends TensorType {
  readonly id: number;
  readonly source: Node | Input | Constant;
  /** Which output of the source. */
  readonly index: number;
}

/** What an operator takes: a value, or a number that becomes a named, shared constant. */
export type Operand = Value | number;

type InputTuple<I extends readonly string[]> = I extends readonly [`...${string}`] ? Operand[]
  : I extends readonly ["", ...infer R extends readonly string[]] ? InputTuple<R>
  : I extends readonly [string, ...infer R extends readonly string[]] ? [Operand, ...InputTuple<R>]
  : [];
type AttributesOf<D> = D extends { readonly attributes: infer A }
  ? { readonly [K in keyof A]?: AttributeKinds[A[K] & keyof AttributeKinds] }
  : Record<never, never>;
type ResultOf<D> = D extends { readonly outputs: readonly string[] } ? readonly Value[] : Value;

/** `op.MatMul(x, w)`: every operator as a function, in ONNX's spelling, attributes last. */
export type Operators = {
  readonly [K in OpName]: (
    ...args: [...InputTuple<(typeof OPS)[K]["inputs"]>, attributes?: AttributesOf<(typeof OPS)[K]>]
  ) => ResultOf<(typeof OPS)[K]>;
};

/** How {@linkcode Graph.product} multiplies. */
export interface ProductOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}

/**
 * A graph under construction: hash-consed, so that what is computed twice is computed once.
 *
 * @internal
 */
export class Graph {
  readonly name: string;
  /** Numbers that symbolic sizes stand for, where how products are laid out depends on them. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly inputs: Value[] = [];
  /** Graph results by name, in the order they were declared. */
  readonly outputs: Map<string, Value> = new Map();
  /** Every operator as a function. */
  readonly op: Operators;
  #interned = new Map<string, readonly Value[]>();
  #names = new Map<string, number>();
  #sizes = new Map<string, Value>();
  #scopes: string[] = [];
  #nextId = 0;

  constructor(name: string, sizes: Readonly<Record<string, number>> = {}) {
    this.name = name;
    this.sizes = sizes;
    this.op = Object.fromEntries(
      Object.keys(OPS).map((op) => [op, (...args: unknown[]) => this.#apply(op as OpName, args)]),
    ) as unknown as Operators;
  }

  /** Declares a value to be fed. @throws {TypeError} when the name is taken */
  input(name: string, dtype: DType, shape: Shape): Value {
    if (this.inputs.some((value) => value.source.name === name)) {
      throw new TypeError(`Cannot add input ${name} to graph ${this.name}: the name is taken`);
    }
    const value = this.#value({ kind: "input", name }, 0, { dtype, shape });
    this.inputs.push(value);
    return value;
  }

  /** Declares a result. @throws {TypeError} when the name is taken */
  output(name: string, value: Value): void {
    if (this.outputs.has(name)) {
      throw new TypeError(`Cannot add output ${name} to graph ${this.name}: the name is taken`);
    }
    this.outputs.set(name, value);
  }

  /** A constant; equal ones are shared. */
  constant(dtype: DType, shape: readonly number[], data: readonly number[]): Value {
    const key = `constant ${dtype} [${shape}] ${data.join()}`;
    const found = this.#interned.get(key);
    if (found !== undefined) return found[0]!;
    const name = this.#unique(
      data.length === 1 ? `${dtype}_${data[0]}` : `${dtype}_${shape.join("x")}`,
    );
    const value = this.#value({ kind: "constant", name, data }, 0, { dtype, shape });
    this.#interned.set(key, [value]);
    return value;
  }

  /** An int64 vector constant, as ONNX wants axes and shapes. */
  ints(data: readonly number[]): Value {
    return this.constant("int64", [data.length], data);
  }

  /** Runs `build` with `name` added to the scope that node names start with. */
  scope<T>(name: string, build: () => T): T {
    this.#scopes.push(name);
    try {
      return build();
    } finally {
      this.#scopes.pop();
    }
  }

  /**
   * Applies an operator; the typed way is {@linkcode Graph.op}.
   *
   * @param types replaces the shape rule where only the caller knows the shape
   * @param named a full name instead of one from the scope
   */
  apply(
    op: OpName,
    inputs: readonly Value[],
    attributes: Attributes = {},
    types?: readonly TensorType[],
    named: string = [...this.#scopes, op].join("/"),
  ): readonly Value[] {
    const key = keyOf(op, inputs, attributes);
    const found = this.#interned.get(key);
    if (found !== undefined) return found;
    const name = this.#unique(named);
    const node: Node = { kind: "op", op, inputs, attributes, name };
    const inferred = types ?? this.#infer(node);
    const values = inferred.map((type, i) => this.#value(node, i, type));
    this.#interned.set(key, values);
    return values;
  }

  /** All outputs of a node of this graph. */
  valuesOf(node: Node): readonly Value[] {
    return this.#interned.get(keyOf(node.op, node.inputs, node.attributes))!;
  }

  /** Makes a name for a size that is computed: int64 [1]. */
  define(dim: string, size: Value): void {
    this.#sizes.set(dim, size);
  }

  /** A run-time size as an int64 vector of one element: as it was defined, or read from the input that has it. */
  size(dim: Dim): Value {
    if (typeof dim === "number") return this.ints([dim]);
    const defined = this.#sizes.get(dim);
    if (defined !== undefined) return defined;
    for (const input of this.inputs) {
      const axis = input.shape.indexOf(dim);
      if (axis >= 0) return this.op.Shape(input, { start: axis, end: axis + 1 });
    }
    const factors = dim.split("*");
    if (factors.length === 1) throw new RangeError(`Cannot find ${dim} in any input's shape`);
    return factors
      .map((factor) => this.size(Number.isNaN(Number(factor)) ? factor : Number(factor)))
      .reduce((a, b) => this.op.Mul(a, b));
  }

  /** A shape as an int64 vector: a constant with -1 where one size is symbolic, else computed. */
  shapeVector(shape: Shape, inferOne = true): Value {
    const symbolic = shape.filter((dim) => typeof dim === "string").length;
    if (symbolic === 0 || (inferOne && symbolic === 1)) {
      return this.ints(shape.map((dim) => typeof dim === "number" ? dim : -1));
    }
    return this.op.Concat(...shape.map((dim) => this.size(dim)), { axis: 0 });
  }

  /** `x` in another shape of as many elements. */
  reshape(x: Value, shape: Shape): Value {
    if (formatShape(x.shape) === formatShape(shape)) return x;
    const types = [{ dtype: x.dtype, shape }];
    return this.apply("Reshape", [x, this.shapeVector(shape)], {}, types)[0]!;
  }

  /** `x` broadcast to `shape`. */
  expand(x: Value, shape: Shape): Value {
    if (formatShape(x.shape) === formatShape(shape)) return x;
    const types = [{ dtype: x.dtype, shape }];
    return this.apply("Expand", [x, this.shapeVector(shape, false)], {}, types)[0]!;
  }

  /**
   * A part of `x` along one axis.
   *
   * @param from first index, int64 [1]
   * @param to index after the last, int64 [1]
   * @param dim how many these are
   */
  slice(x: Value, axis: number, from: Value, to: Value, dim: Dim): Value {
    if (x.shape[axis] === dim) return x;
    const types = [{ dtype: x.dtype, shape: x.shape.with(axis, dim) }];
    return this.apply("Slice", [x, from, to, this.ints([axis])], {}, types)[0]!;
  }

  /**
   * alpha · A B, each transposed in its last two axes if asked. A product of matrices is laid out so that its sums
   * do not depend on threads, where the graph's sizes tell what it needs to know: see {@linkcode isTurned}.
   */
  product(
    a: Value,
    b: Value,
    { transA = false, transB = false, alpha = 1 }: ProductOptions = {},
  ): Value {
    if (a.shape.length === 2 && b.shape.length === 2) {
      const [left, right] = [untransposed(a), untransposed(b)];
      if (left !== undefined) return this.product(left, b, { transA: !transA, transB, alpha });
      if (right !== undefined) return this.product(a, right, { transA, transB: !transB, alpha });
      const [m, k] = transA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
      const sizes = this.#numbers(m, b.shape[transB ? 0 : 1]!, k);
      if (!transA && sizes !== undefined && isTurned(sizes)) {
        const turned = this.product(b, a, { transA: !transB, transB: true, alpha });
        return this.op.Transpose(turned, { perm: [1, 0] });
      }
    }
    const attributes = {
      ...(transA ? { transA: 1 } : {}),
      ...(transB ? { transB: 1 } : {}),
      ...(alpha === 1 ? {} : { alpha }),
    };
    return this.op.FusedMatMul(a, b, attributes);
  }

  /** Values one after the other along an axis, which has the size `dim` then. */
  concat(values: readonly Value[], axis: number, dim: Dim): Value {
    const first = values[0]!;
    if (values.length === 1) return first;
    const types = [{ dtype: first.dtype, shape: first.shape.with(axis, dim) }];
    return this.apply("Concat", values, { axis }, types)[0]!;
  }

  /** Sizes as numbers, if all are known. */
  #numbers(...dims: readonly [Dim, Dim, Dim]): ProductSizes | undefined {
    const [m, n, k] = dims.map((dim) => typeof dim === "number" ? dim : this.sizes[dim]);
    return m === undefined || n === undefined || k === undefined ? undefined : { m, n, k };
  }

  #apply(op: OpName, args: unknown[]): Value | readonly Value[] {
    const last = args.at(-1);
    const attributes = isAttributes(last) ? last : {};
    const operands = (isAttributes(last) ? args.slice(0, -1) : args) as Operand[];
    // The last value: the first of Where is its condition.
    const partner = operands.findLast((operand) => typeof operand !== "number");
    const dtype = typeof partner === "object" ? partner.dtype : "float32";
    const inputs = operands.map((operand) =>
      typeof operand === "number" ? this.constant(dtype, [], [operand]) : operand
    );
    const values = this.apply(op, inputs, attributes);
    return "outputs" in OPS[op] ? values : values[0]!;
  }

  #infer(node: Node): readonly TensorType[] {
    const definition: OpDefinition = OPS[node.op];
    try {
      return definition.infer(node.inputs.map(inferInput), node.attributes);
    } catch (error) {
      const types = node.inputs.map((v) => `${v.dtype}${formatShape(v.shape)}`).join(", ");
      throw new RangeError(
        `Cannot build ${node.name}(${types}) in graph ${this.name}: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }

  #value(source: Value["source"], index: number, type: TensorType): Value {
    return { id: this.#nextId++, source, index, dtype: type.dtype, shape: type.shape };
  }

  #unique(name: string): string {
    const count = this.#names.get(name) ?? 0;
    this.#names.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  }
}

/** What a value is the transpose of, if it is a matrix transposed. */
function untransposed({ source, shape }: Value): Value | undefined {
  if (source.kind !== "op" || source.op !== "Transpose" || shape.length !== 2) return undefined;
  return (source.attributes.perm as readonly number[])[0] === 1 ? source.inputs[0] : undefined;
}

function keyOf(op: OpName, inputs: readonly Value[], attributes: Attributes): string {
  return `${op} ${inputs.map((value) => value.id).join()} ${JSON.stringify(attributes)}`;
}

function inferInput(value: Value): InferInput {
  const constant = value.source.kind === "constant" ? value.source.data : undefined;
  return { dtype: value.dtype, shape: value.shape, constant };
}

function isAttributes(argument: unknown): argument is Attributes {
  return typeof argument === "object" && argument !== null && !("source" in argument);
}

/** Name of a value in the ONNX file. */
export function valueName(value: Value): string {
  const { source } = value;
  return source.kind === "op" && value.index > 0 ? `${source.name}:${value.index}` : source.name;
}

/**
 * The nodes that the graph's outputs need, each after what it reads.
 *
 * @param given values that are there already, so that what they read is not needed for them
 */
export function reachableNodes(
  results: Iterable<Value>,
  given: ReadonlySet<Value> = new Set(),
): Node[] {
  const ordered: Node[] = [], done = new Set<Node>();
  // An explicit stack: a 30-layer training graph is deeper than the call stack allows.
  const stack: { readonly node: Node; next: number }[] = [];
  const enter = (value: Value) => {
    if (value.source.kind !== "op" || done.has(value.source) || given.has(value)) return;
    done.add(value.source);
    stack.push({ node: value.source, next: 0 });
  };
  for (const result of results) {
    enter(result);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const input = top.node.inputs[top.next++];
      if (input !== undefined) enter(input);
      else ordered.push(stack.pop()!.node);
    }
  }
  return ordered;
}
