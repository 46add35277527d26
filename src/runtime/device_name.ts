/** Where a tensor's bytes are, and where graphs run. */
export type DeviceName = "cpu" | "webgpu" | "cuda";

/** What a user may ask for; one of several GPUs by its number. */
export type DeviceSetting = "auto" | DeviceName | `cuda:${number}`;

let chosen: number | undefined;

/** The GPU that this process runs on, counted from 0 among those that it may see; undefined where none was named. */
export function chosenCudaDevice(): number | undefined {
  return chosen;
}

/** Takes apart what a user asks for, and chooses the GPU that is named: before the first session is built. */
export function chooseDevice(setting: DeviceSetting): "auto" | DeviceName {
  const [device, index] = setting.split(":") as ["auto" | DeviceName, string?];
  if (index !== undefined) chosen = Number(index);
  return device;
}
