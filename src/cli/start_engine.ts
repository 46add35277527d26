/** What runs stages. Loaded when the first one runs, or when a device other than the CPU is asked for. @module */
import type { Store } from "../core/mod.ts";
import { Sessions } from "../onnx/mod.ts";
import { ENGINE_DEFAULTS, tryDevice } from "../rl/mod.ts";
import { type DeviceName, type DeviceSetting, resolveDevice } from "../runtime/mod.ts";
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

/** Trains and samples from the smallest model there is. @throws {Error} when the device cannot be used for that */
async function probe(device: DeviceName): Promise<void> {
  if (device !== "cpu") await tryDevice(device);
}
