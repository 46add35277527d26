import type { DType } from "../runtime/mod.ts";

/** A size known while building, or the name of one that is known only when the graph runs. */
export type Dim = number | string;

/** Shape of a value in a graph, outermost dimension first. */
export type Shape = readonly Dim[];

/** Element type and shape of a value in a graph. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A shape of which only the rank is known. */
export function unknownShape(rank: number): Shape {
  return Array.from({ length: rank }, (_, axis) => `size.${axis}`);
}

/** Shape as people read it, such as `[batch,length,64]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(",")}]`;
}

/**
 * Shape of an elementwise result under NumPy's broadcasting.
 *
 * @throws {RangeError} naming both shapes and the dimension in which they differ
 */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1, y = b[i - rank + b.length] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw new RangeError(
      `Cannot broadcast shapes ${formatShape(a)} and ${formatShape(b)}: ` +
        `dimension ${i} is ${x} and ${y}`,
    );
  });
}

/** Product of dimensions; symbolic ones give a name such as `batch*length`. */
export function multiply(dims: Shape): Dim {
  const numbers = dims.filter((dim) => typeof dim === "number").reduce((a, b) => a * b, 1);
  const names = dims.filter((dim) => typeof dim === "string").flatMap((dim) => dim.split("*"));
  if (names.length === 0) return numbers;
  return [...(numbers === 1 ? [] : [String(numbers)]), ...names].join("*");
}

/** An axis counted from the front. @throws {RangeError} when the shape has no such axis */
export function normalizeAxis(axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank) {
    throw new RangeError(`Cannot use axis ${axis} on a shape of ${rank} dimensions`);
  }
  return normal;
}

/**
 * A shape with its symbolic sizes filled in.
 *
 * @throws {RangeError} when a size is not given
 */
export function sizesOf(shape: Shape, known: Readonly<Record<string, number>>): number[] {
  const factor = (name: string) => {
    const size = known[name] ?? Number(name);
    if (Number.isNaN(size)) throw new RangeError(`Cannot size ${formatShape(shape)}: ${name}`);
    return size;
  };
  return shape.map((dim) =>
    typeof dim === "number" ? dim : dim.split("*").map(factor).reduce((a, b) => a * b)
  );
}
