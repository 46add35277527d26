/** What runs stages. Loaded when the first one runs, or when a device other than the CPU is asked for. @module */
import type { Store } from "../core/mod.ts";
import { Graph, Sessions, toModel } from "../onnx/mod.ts";
import { ENGINE_DEFAULTS } from "../rl/mod.ts";
import { type DeviceName, type DeviceSetting, resolveDevice, Session } from "../runtime/mod.ts";
import type { Definitions } from "../stage/definitions.ts";
import type { Services } from "../stage/define_stage.ts";

/** Opens what the program offers to stages on a device. The caller closes `sessions`. */
export function openServices(
  device: DeviceName,
  library: Definitions,
  { records }: Store,
): Services {
  return { sessions: new Sessions({ device }), ...ENGINE_DEFAULTS, library, records };
}

/**
 * The device that a setting means.
 *
 * @param warn is told of devices that were tried in vain
 */
export async function findDevice(
  setting: DeviceSetting,
  warn: (message: string) => void,
): Promise<DeviceName> {
  return await resolveDevice(setting, probe, warn);
}

/** Builds the smallest graph there is on a device. @throws {Error} when it cannot be used */
function probe(device: DeviceName): Promise<void> {
  if (device === "cpu") return Promise.resolve();
  const graph = new Graph("probe");
  graph.output("y", graph.op.Neg(graph.input("x", "float32", [1])));
  using _session = new Session(toModel(graph), { name: "probe", device });
  return Promise.resolve();
}
