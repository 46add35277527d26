import { address, api, Out } from "./api.ts";
import { type ArrayOf, type DType, dtypeOf, DTYPES } from "./dtypes.ts";
import type { DeviceName } from "./device_name.ts";
import { adviseHugePages } from "./huge_pages.ts";
import { defaultAllocator, hostMemory } from "./memory.ts";

export type { DeviceName };

/** A host tensor's copy on a device. */
export interface Mirror {
  readonly tensor: Tensor;
  /** Which of the two was written last. */
  newer: "host" | "device" | "neither";
  /** Copies the mirror to the host tensor. */
  copyBack(mirror: Tensor): void;
}

interface Ownership {
  readonly handle: Deno.PointerObject;
  readonly onRelease: (() => void) | undefined;
}

const finalizer = new FinalizationRegistry<Ownership>((owned) => release(owned));
let live = 0;

/** Number of tensors that hold an `OrtValue` now; tests assert that it returns to where it was. */
export function liveTensors(): number {
  return live;
}

function release(owned: Ownership): void {
  api().ReleaseValue(owned.handle);
  owned.onRelease?.();
  live--;
}

/**
 * An ONNX Runtime tensor that owns its memory.
 *
 * Release it with `using` or {@linkcode Tensor.dispose}; a finalizer is the net, not the plan.
 */
export class Tensor<D extends DType = DType> implements Disposable {
  readonly type: D;
  readonly dims: readonly number[];
  readonly device: DeviceName;
  #owned: Ownership | undefined;
  #parent: Tensor | undefined;
  readonly #offset: number;
  readonly #views = new Set<Tensor>();
  #data: ArrayOf<D> | undefined;
  /** Where this tensor is on a device, as {@linkcode DeviceMemory} keeps it. */
  mirror: Mirror | undefined;

  /** Takes ownership of an `OrtValue`. Use {@linkcode tensor}, {@linkcode zeros} or a session to get one. */
  constructor(
    handle: Deno.PointerObject,
    type: D,
    dims: readonly number[],
    options: {
      readonly device?: DeviceName;
      readonly parent?: Tensor;
      /** Bytes of the parent before this tensor's. */
      readonly offset?: number;
      readonly onRelease?: () => void;
    } = {},
  ) {
    this.type = type;
    this.dims = dims;
    this.device = options.device ?? "cpu";
    this.#parent = options.parent;
    this.#offset = options.offset ?? 0;
    if (this.#parent !== undefined) this.#parent.#views.add(this);
    this.#owned = { handle, onRelease: options.onRelease };
    live++;
    finalizer.register(this, this.#owned, this);
  }

  /** The `OrtValue*`. @throws {TypeError} when the tensor was released */
  get handle(): Deno.PointerObject {
    if (this.#owned === undefined) throw new TypeError(`Cannot use tensor ${this}: released`);
    return this.#owned.handle;
  }

  /** Number of elements. */
  get size(): number {
    return elementCount(this.dims);
  }

  /** Bytes of all elements. */
  get bytes(): number {
    return this.size * DTYPES[this.type].bytes;
  }

  /**
   * The elements, as a view of ONNX Runtime's memory, not a copy: do not use it after the release. What a device has
   * written is brought back first, and what is written here is seen by the next run: take it anew after each.
   *
   * @throws {TypeError} when the tensor was released or is not in host memory
   */
  get data(): ArrayOf<D> {
    const handle = this.handle;
    if (this.device !== "cpu") {
      throw new TypeError(`Cannot read tensor ${this}: it is on ${this.device}`);
    }
    this.bringToHost();
    this.#claim();
    this.#data ??= hostView(handle, this.type, this.size);
    return this.#data;
  }

  /** Copies back what a device has written to this tensor, or to views of it. */
  bringToHost(): void {
    if (this.mirror?.newer === "device") {
      this.mirror.copyBack(this.mirror.tensor);
      this.mirror.newer = "neither";
    }
    for (const view of this.#views) view.bringToHost();
  }

  /** The host may write from now on. */
  #claim(): void {
    if (this.mirror !== undefined) this.mirror.newer = "host";
    for (const view of this.#views) view.#claim();
  }

  /** Another view of the same memory that has a mirror: there may be none beside this one's. */
  mirroredOverlap(): Tensor | undefined {
    const start = this.#offset, end = start + this.bytes;
    return [...this.#parent === undefined ? [] : this.#parent.#views].find((other) =>
      other !== this && other.mirror !== undefined && other.#offset < end &&
      start < other.#offset + other.bytes
    );
  }

  /** Whether others are views of this tensor's memory now. */
  get hasViews(): boolean {
    return this.#views.size > 0;
  }

  /**
   * A tensor over a part of this one's memory, such as the first rows of a cache or one weight of many.
   *
   * @param offset elements of this tensor to skip
   * @param type what the memory is read as
   * @throws {RangeError} when it would reach past this tensor
   */
  view<T extends DType = D>(
    dims: readonly number[],
    offset = 0,
    type: T = this.type as unknown as T,
  ): Tensor<T> {
    const { bytes, code } = DTYPES[type], own = DTYPES[this.type].bytes;
    const size = elementCount(dims);
    if (offset * own + size * bytes > this.size * own) {
      throw new RangeError(`Cannot view [${dims}] at ${offset} of tensor ${this}: it is larger`);
    }
    const out = new Out();
    api().CreateTensorWithDataAsOrtValue(
      hostMemory(),
      Deno.UnsafePointer.offset(dataPointer(this.handle)!, offset * own),
      BigInt(size * bytes),
      BigInt64Array.from(dims, BigInt),
      BigInt(dims.length),
      code,
      out.cell,
    );
    return new Tensor(out.pointer!, type, dims, { parent: this, offset: offset * own });
  }

  /** True once the memory was given back. */
  get released(): boolean {
    return this.#owned === undefined;
  }

  /** Gives the memory back; a second call does nothing. */
  dispose(): void {
    if (this.#owned === undefined) return;
    finalizer.unregister(this);
    this.mirror?.tensor.dispose();
    this.mirror = undefined;
    release(this.#owned);
    this.#owned = undefined;
    this.#data = undefined;
    if (this.#parent !== undefined) this.#parent.#views.delete(this);
    this.#parent = undefined;
  }

  /** Same as {@linkcode Tensor.dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Type and shape, such as `float32[2,3]`. */
  toString(): string {
    return `${this.type}[${this.dims}]`;
  }
}

/** Number of elements of a shape. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Where the elements are, on whatever device. */
export function dataPointer(handle: Deno.PointerValue): Deno.PointerValue {
  const out = new Out();
  api().GetTensorMutableData(handle, out.cell);
  return out.pointer;
}

function hostView<D extends DType>(handle: Deno.PointerValue, type: D, size: number): ArrayOf<D> {
  const { array, bytes } = DTYPES[type];
  const pointer = size === 0 ? null : dataPointer(handle);
  if (pointer === null) return new array(0) as ArrayOf<D>;
  const buffer = Deno.UnsafePointerView.getArrayBuffer(pointer, size * bytes);
  return new array(buffer) as ArrayOf<D>;
}

/**
 * A tensor with undefined contents.
 *
 * @param allocator where to put it; host memory unless given
 */
export function allocate<D extends DType>(
  type: D,
  dims: readonly number[],
  allocator: Deno.PointerValue = defaultAllocator(),
  device: DeviceName = "cpu",
): Tensor<D> {
  for (const dim of dims) {
    if (!Number.isSafeInteger(dim) || dim < 0) {
      throw new RangeError(`Cannot allocate ${type}[${dims}]: ${dim} is not a size`);
    }
  }
  const out = new Out();
  api().CreateTensorAsOrtValue(
    allocator,
    BigInt64Array.from(dims, BigInt),
    BigInt(dims.length),
    DTYPES[type].code,
    out.cell,
  );
  const made = new Tensor(out.pointer!, type, dims, { device });
  if (device === "cpu") adviseHugePages(dataPointer(made.handle), made.bytes);
  return made;
}

/** A host tensor filled with zeros. */
export function zeros<D extends DType>(type: D, dims: readonly number[]): Tensor<D> {
  const made = allocate(type, dims);
  if (type === "int64") (made.data as BigInt64Array).fill(0n);
  else (made.data as Float32Array).fill(0);
  return made;
}

/**
 * A host tensor with a copy of `data`.
 *
 * @throws {RangeError} when `data` has not as many elements as `dims` says
 */
export function tensor<D extends DType>(
  type: D,
  dims: readonly number[],
  data: ArrayLike<number> | ArrayLike<bigint>,
): Tensor<D> {
  if (data.length !== elementCount(dims)) {
    throw new RangeError(
      `Cannot make tensor ${type}[${dims}]: it has ${
        elementCount(dims)
      } elements, data has ${data.length}`,
    );
  }
  const made = allocate(type, dims);
  if (type === "int64") {
    const target = made.data as BigInt64Array;
    for (let i = 0; i < data.length; i++) target[i] = BigInt(data[i]!);
  } else {
    (made.data as Float32Array).set(data as ArrayLike<number>);
  }
  return made;
}

/** Wraps an `OrtValue` that ONNX Runtime allocated, reading its type and shape. */
export function adopt(handle: Deno.PointerObject, device: DeviceName = "cpu"): Tensor {
  const info = new Out();
  api().GetTensorTypeAndShape(handle, info.cell);
  try {
    const code = new Int32Array(2);
    api().GetTensorElementType(info.pointer, code);
    const rank = new Out();
    api().GetDimensionsCount(info.pointer, rank.cell);
    const dims = new BigInt64Array(rank.value);
    if (dims.length > 0) api().GetDimensions(info.pointer, dims, BigInt(dims.length));
    return new Tensor(handle, dtypeOf(code[0] ?? 0), Array.from(dims, Number), { device });
  } finally {
    api().ReleaseTensorTypeAndShapeInfo(info.pointer);
  }
}

/** Addresses of the tensors' `OrtValue`s, as C wants them; 0 lets ONNX Runtime allocate. */
export function handles(tensors: readonly (Tensor | undefined)[]): BigUint64Array<ArrayBuffer> {
  return BigUint64Array.from(tensors, (t) => t === undefined ? 0n : address(t.handle));
}
