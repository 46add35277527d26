/** Shape rules that several operators share. @module */
import {
  broadcast,
  formatShape,
  multiply,
  normalizeAxis,
  type Shape,
  type TensorType,
} from "./types.ts";

/** What a shape rule sees of an input: its type, and its elements when it is a constant. */
export interface InferInput extends TensorType {
  readonly constant?: readonly number[] | undefined;
}

type Inputs = readonly InferInput[];
type Types = readonly TensorType[];

/** The type of the first input. */
export function same([x]: Inputs): Types {
  return [{ dtype: x!.dtype, shape: x!.shape }];
}

/** Two inputs of one element type, broadcast. @throws {RangeError} when they do not fit together */
export function elementwise([a, b]: Inputs): Types {
  sameDtype(a!, b!);
  return [{ dtype: a!.dtype, shape: broadcast(a!.shape, b!.shape) }];
}

/** As {@linkcode elementwise}, giving booleans. */
export function comparison(inputs: Inputs): Types {
  return elementwise(inputs).map(({ shape }) => ({ dtype: "bool", shape }));
}

/** @throws {RangeError} when the element types differ */
export function sameDtype(a: InferInput, b: InferInput): void {
  if (a.dtype !== b.dtype) throw new RangeError(`Cannot combine ${a.dtype} with ${b.dtype}`);
}

/** The elements of an input. @throws {RangeError} when it is no constant */
export function constantOf(input: InferInput, name: string): readonly number[] {
  if (input.constant === undefined) throw new RangeError(`Cannot infer: ${name} is no constant`);
  return input.constant;
}

/** Axes given as an input, counted from the front. */
export function axesOf(axes: InferInput, rank: number): ReadonlySet<number> {
  return new Set(constantOf(axes, "axes").map((axis) => normalizeAxis(axis, rank)));
}

/** The shape of a transposed matrix, or of many. */
export function swapLast(shape: Shape): Shape {
  return [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
}

/** The shape of a product of matrices. @throws {RangeError} when they do not fit */
export function matmulShape(a: Shape, b: Shape): Shape {
  if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2)) {
    throw new RangeError(
      `Cannot multiply ${formatShape(a)} and ${formatShape(b)}: ` +
        `${a.at(-1)} columns meet ${b.at(-2)} rows`,
    );
  }
  return [...broadcast(a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, b.at(-1)!];
}

/** At most one -1, which takes what is left; symbolic sizes can only go there. */
export function reshaped(from: Shape, to: readonly number[]): Shape {
  const known = to.filter((dim) => dim >= 0).reduce((a, b) => a * b, 1);
  const names = from.filter((dim) => typeof dim === "string");
  const numbers = from.filter((dim) => typeof dim === "number").reduce((a, b) => a * b, 1);
  if (numbers % known !== 0 || (names.length === 0 && !to.includes(-1) && numbers !== known)) {
    throw new RangeError(`Cannot reshape ${formatShape(from)} to [${to}]`);
  }
  const rest = multiply([...names, numbers / known]);
  return to.map((dim) => dim === -1 ? rest : dim);
}
