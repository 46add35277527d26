import type { Machine } from "../core/mod.ts";
// Not from mod.ts, which loads the engine.
import { ORT_LIBRARY_VARIABLE, ORT_VERSION } from "../runtime/ort_library.ts";
import { machine as engineMachine } from "../runtime/machine.ts";
import type { DeviceName } from "../runtime/mod.ts";
import denoConfig from "../../deno.json" with { type: "json" };

/** What results are made on, as far as it may change how numbers are rounded: kept beside each, outside its key. */
export function machine(device: DeviceName): Machine {
  const custom = Deno.env.get(ORT_LIBRARY_VARIABLE);
  const onnxruntime = custom ? `${ORT_VERSION} or later, at ${custom}` : ORT_VERSION;
  return { ...engineMachine(device), onnxruntime };
}

/** Versions of what runs here: this program, Deno, V8, ONNX Runtime, and packages by name. */
export function versions(): Record<string, string> {
  const packages = Object.values(denoConfig.imports).flatMap((specifier) => {
    const [, name, version] = /^npm:(@?[^@]+)@([^/]+)/.exec(specifier) ?? [];
    return name === undefined ? [] : [[name, version!] as const];
  });
  const { deno, v8 } = Deno.version;
  return {
    soar: denoConfig.version,
    deno,
    v8,
    onnxruntime: ORT_VERSION,
    ...Object.fromEntries(packages),
  };
}
