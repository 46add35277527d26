// Run by cuda_test.ts: what the program says of CUDA before it runs anything there.
import { type DeviceSetting, resolveDevice } from "../../src/runtime/mod.ts";
import { tryDevice } from "../../src/rl/mod.ts";

try {
  const setting = (Deno.args[0] ?? "cuda") as DeviceSetting;
  console.log(await resolveDevice(setting, tryDevice, (warning) => console.log(warning)));
} catch (error) {
  console.log((error as Error).message.split("\n")[0]);
}
