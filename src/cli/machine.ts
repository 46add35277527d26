import { cpus } from "node:os";
import type { Machine } from "../core/mod.ts";
import { type DeviceName, ORT_LIBRARY_VARIABLE, ORT_VERSION } from "../runtime/mod.ts";

/** Sets of instructions for which kernels differ, the widest first: flags of /proc/cpuinfo. */
const INSTRUCTIONS = ["avx512f", "avx2", "avx", "sve", "asimd", "neon"] as const;

/**
 * What results are made on, as far as it may change how numbers are rounded: kept beside each, outside its key.
 *
 * @param threads of ONNX Runtime's pool
 */
export function machine(
  device: DeviceName,
  threads: number = navigator.hardwareConcurrency,
): Machine {
  const custom = Deno.env.get(ORT_LIBRARY_VARIABLE);
  return {
    processor: cpus()[0]?.model || Deno.build.arch,
    instructions: instructions(),
    threads,
    provider: device,
    onnxruntime: custom ? `${ORT_VERSION} or later, at ${custom}` : ORT_VERSION,
  };
}

function instructions(): string {
  try {
    const text = Deno.readTextFileSync("/proc/cpuinfo");
    const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1]?.split(" "));
    return INSTRUCTIONS.find((name) => flags.has(name)) ?? Deno.build.arch;
  } catch {
    return Deno.build.arch; // not Linux
  }
}

/** How machines differ from this one, such as `threads 1, here 2`. */
export function describeMachines(machines: readonly Machine[], here: Machine): string {
  const names = [...new Set([here, ...machines].flatMap(Object.keys))];
  return names.flatMap((name) => {
    const others = new Set(machines.map((made) => made[name] ?? "unknown"));
    if (others.size === 1 && others.has(here[name] ?? "unknown")) return [];
    return [`${name} ${[...others].join(" or ")}, here ${here[name] ?? "unknown"}`];
  }).join("; ");
}
