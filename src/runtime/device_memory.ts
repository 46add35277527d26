import { create, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { api, Out, toCString } from "./api.ts";
import { Binding } from "./binding.ts";
import { MEMORY_NAMES } from "./device.ts";
import { copyCuda, HAS_CUDA_COPY } from "./cuda.ts";
import { openSession } from "./environment.ts";
import { type DType, DTYPES } from "./dtypes.ts";
import { createMemoryInfo } from "./memory.ts";
import { allocate, dataPointer, type DeviceName, type Mirror, type Tensor } from "./tensor.ts";

/** Bytes copied between host and devices on behalf of mirrors: tests assert that state stays where it is. */
export const TRANSFERS = { toDevice: 0, toHost: 0 };

/** Smaller tensors are fed with each run: they are written by the host for each, or read after it. */
const LEAST_ELEMENTS = 64;

const memories = new Map<DeviceName, DeviceMemory>();

/**
 * A device's memory. Weights, optimizer state, caches and activations are host tensors for the program; the first run
 * that reads or writes one gives it a mirror here, where it stays from run to run. Bytes are copied only when the
 * other side asks for them: {@linkcode Tensor.data} brings them back, the next run takes them here again.
 */
export class DeviceMemory {
  readonly #device: DeviceName;
  readonly #copiers = new Map<DType, Deno.PointerValue>();
  readonly #allocator: Deno.PointerValue;

  /** The memory of a device; there is one for the life of the process. */
  static of(device: Exclude<DeviceName, "cpu">): DeviceMemory {
    let memory = memories.get(device);
    if (memory === undefined) memories.set(device, memory = new DeviceMemory(device));
    return memory;
  }

  private constructor(device: DeviceName) {
    this.#device = device;
    const info = createMemoryInfo(MEMORY_NAMES[device]), out = new Out();
    api().CreateAllocator(this.#copier("float32"), info, out.cell);
    api().ReleaseMemoryInfo(info);
    this.#allocator = out.pointer;
  }

  /** What to bind where `tensor` is read: its mirror, brought up to date, or the tensor itself. */
  forReading(tensor: Tensor): Tensor {
    if (!isMirrored(tensor)) {
      tensor.bringToHost();
      return tensor;
    }
    const mirror = this.#mirrorOf(tensor);
    if (mirror.newer === "host") {
      this.#copy(tensor, mirror.tensor, "toDevice");
      TRANSFERS.toDevice += tensor.bytes;
      mirror.newer = "neither";
    }
    return mirror.tensor;
  }

  /** What to bind where `tensor` is written. */
  forWriting(tensor: Tensor): Tensor {
    if (!isMirrored(tensor)) {
      void tensor.data; // mirrors of its views are out of date from now on
      return tensor;
    }
    const mirror = this.#mirrorOf(tensor);
    mirror.newer = "device";
    return mirror.tensor;
  }

  #mirrorOf(tensor: Tensor): Mirror {
    if (tensor.mirror !== undefined) return tensor.mirror;
    const overlap = tensor.mirroredOverlap();
    if (overlap !== undefined) {
      throw new Error(
        `Cannot keep ${tensor} on ${this.#device}: it overlaps ${overlap}, which is there`,
      );
    }
    return tensor.mirror = {
      tensor: allocate(tensor.type, tensor.dims, this.#allocator, this.#device),
      newer: "host",
      copyBack: (mirror) => {
        this.#copy(mirror, tensor, "toHost");
        TRANSFERS.toHost += tensor.bytes;
      },
    };
  }

  /** Copies between host and device, and waits for it. */
  #copy(from: Tensor, to: Tensor, direction: "toDevice" | "toHost"): void {
    if (this.#device === "cuda" && HAS_CUDA_COPY) {
      return copyCuda(dataPointer(to.handle), dataPointer(from.handle), from.bytes, direction);
    }
    const session = this.#copier(from.type);
    using binding = new Binding(session);
    binding.input(toCString("x"), from);
    binding.output(toCString("y"), to);
    api().RunWithBindingAndWait(session, null, binding.handle);
    for (const value of binding.outputs(1)) api().ReleaseValue(value);
  }

  /** A session that copies tensors of a type: ONNX Runtime's C API copies between devices only as it runs. */
  #copier(type: DType): Deno.PointerValue {
    let session = this.#copiers.get(type);
    if (session === undefined) {
      session = openSession(identityModel(type), { name: `copy/${type}`, device: this.#device });
      this.#copiers.set(type, session);
    }
    return session;
  }
}

function isMirrored(tensor: Tensor): boolean {
  const { type } = tensor;
  return type !== "int64" && type !== "int32" && type !== "bool" && tensor.size >= LEAST_ELEMENTS &&
    !tensor.hasViews;
}

/** y = x for x of any shape. */
function identityModel(type: DType): Uint8Array<ArrayBuffer> {
  const value = (name: string) => ({
    name,
    type: { value: { case: "tensorType" as const, value: { elemType: DTYPES[type].code } } },
  });
  const model = create(ModelProtoSchema, {
    irVersion: 10n,
    opsetImport: [{ domain: "", version: 21n }],
    graph: {
      name: "copy",
      node: [{ opType: "Identity", input: ["x"], output: ["y"] }],
      input: [value("x")],
      output: [value("y")],
    },
  });
  return toBinary(ModelProtoSchema, model) as Uint8Array<ArrayBuffer>;
}
