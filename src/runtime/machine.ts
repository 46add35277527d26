import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { allowsTf32 } from "./cuda.ts";
import { threads } from "./environment.ts";
import type { DeviceName } from "./tensor.ts";

/** What a result's last bits may depend on besides its inputs and the code (docs/decisions/0013). */
export interface Machine {
  /** Class of the processor: its architecture, and the instructions that ONNX Runtime chooses its kernels by. */
  readonly processor: string;
  /** Threads that a run on the processor is spread over. */
  readonly threads: number;
  /** Execution provider, and what it may round. */
  readonly provider: string;
}

/** Instructions, in Linux's spelling, that choose among ONNX Runtime's kernels. */
const FEATURES: ReadonlySet<string> = new Set([
  ...["avx", "avx2", "fma", "avx_vnni", "avx512f", "avx512bw", "avx512dq", "avx512vl"],
  ...["avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8", "amx_bf16"],
  ...["asimddp", "i8mm", "bf16", "sve", "sve2", "sme"],
]);

let processor: string | undefined;

/** The machine that this process runs on, with a device. */
export function machine(provider: DeviceName): Machine {
  processor ??= processorClass(Deno.build.arch, cpuInfo(), cpus()[0]?.model);
  const rounded = provider === "cuda" && allowsTf32() ? "cuda with TF32" : provider;
  return { processor, threads: threads(), provider: rounded };
}

/** Where the system does not tell the instructions, the processor's name stands for them. */
export function processorClass(arch: string, cpuInfo: string, model = "unknown"): string {
  return [arch, ...featuresOf(cpuInfo) ?? [model]].join(" ");
}

/** What Linux tells; nothing elsewhere. */
function cpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
}

/** The features that count, of `/proc/cpuinfo`; undefined where it has none. */
export function featuresOf(text: string): string[] | undefined {
  const list = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(text)?.[1];
  return list?.trim().split(/\s+/).filter((feature) => FEATURES.has(feature)).sort();
}
