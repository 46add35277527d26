/** Element types of ONNX that this project uses, with their number in `TensorProto.DataType`. */
export const DTYPES = {
  float32: { code: 1, bytes: 4, array: Float32Array },
  uint8: { code: 2, bytes: 1, array: Uint8Array },
  int8: { code: 3, bytes: 1, array: Int8Array },
  int32: { code: 6, bytes: 4, array: Int32Array },
  int64: { code: 7, bytes: 8, array: BigInt64Array },
  bool: { code: 9, bytes: 1, array: Uint8Array },
  float16: { code: 10, bytes: 2, array: Float16Array },
} as const;

/** Name of an element type. */
export type DType = keyof typeof DTYPES;
/** The typed array that holds elements of `D` in host memory. */
export type ArrayOf<D extends DType> = InstanceType<typeof DTYPES[D]["array"]>;

/** The element type of a number in `TensorProto.DataType`. @throws {TypeError} when it is not one of ours */
export function dtypeOf(code: number): DType {
  for (const [name, { code: known }] of Object.entries(DTYPES)) {
    if (known === code) return name as DType;
  }
  throw new TypeError(`Cannot wrap a tensor of ONNX element type ${code}: not one of ours`);
}
