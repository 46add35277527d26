/** Tells what there is to run on, what of it works, and how fast it is. @module */
import { cpus, totalmem } from "node:os";
import { ifThere } from "../core/mod.ts";
import { LOGP_TOLERANCE } from "../rl/mod.ts";
import {
  availableProviders,
  type CudaFacts,
  cudaFacts,
  type DeviceSetting,
  findCudaLibraries,
  findLibrary,
  gpuLibrary,
  resolveDevice,
  threads,
} from "../runtime/mod.ts";
import { type Measured, measureDevice, SIDE, SIZES } from "./device_speed.ts";
import { formatBytes, formatColumns } from "./format.ts";
import { versions } from "./machine_text.ts";
import { print } from "./output.ts";

/** What was found out about a device: that it works, or why not. */
type Finding = { readonly device: DeviceSetting } & (Measured | { readonly problem: string });

/** What there is of CUDA. */
interface CudaFound {
  /** Libraries that are loaded by their paths; others are as the system has them. */
  readonly libraries: readonly string[];
  /** Of the kernel's module, where there is one. */
  readonly driver: string | undefined;
  readonly facts: CudaFacts | undefined;
  /** An ONNX Runtime with the provider in the Python environment that is active. */
  readonly library: string | undefined;
}

/** Tells it, on all devices unless one is given. @returns the exit code: 1 where a device that was asked for does not work */
export async function doctor(
  { device, json }: { readonly device?: DeviceSetting; readonly json?: true },
): Promise<number> {
  const library = findLibrary(), providers = availableProviders(), cuda = cudaFound();
  const devices: readonly DeviceSetting[] = device === undefined || device === "auto"
    ? ["cpu", "webgpu", "cuda"]
    : [device];
  const findings: Finding[] = [];
  for (const name of devices) findings.push(await examine(name));
  if (json === true) {
    const { soar, deno, onnxruntime } = versions();
    print(JSON.stringify({
      versions: { soar, deno, onnxruntime },
      library,
      providers,
      cuda,
      devices: findings,
    }));
  } else tell(library, providers, cuda, findings);
  const asked = device !== undefined && device !== "auto" ? findings[0]! : undefined;
  return asked !== undefined && "problem" in asked ? 1 : 0;
}

async function examine(device: DeviceSetting): Promise<Finding> {
  try {
    const name = await resolveDevice(device, () => Promise.resolve(), () => {});
    return { device, ...await measureDevice(name) };
  } catch (error) {
    return { device, problem: (error as Error).message.split("\n")[0]! };
  }
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // said where the device is tried
  }
}

function cudaFound(): CudaFound {
  const text = ifThere(() => Deno.readTextFileSync("/proc/driver/nvidia/version"));
  return {
    libraries: orNothing(findCudaLibraries) ?? [],
    driver: text === undefined
      ? undefined
      : /Kernel Module\D*([\d.]+)/.exec(text)?.[1] ?? "unknown",
    facts: orNothing(cudaFacts),
    library: gpuLibrary(),
  };
}

function tell(
  library: string,
  providers: readonly string[],
  cuda: CudaFound,
  findings: readonly Finding[],
): void {
  const { soar, deno, onnxruntime } = versions();
  const gpus = cuda.facts?.devices ?? [];
  const lines = [
    ["soar", `${soar}, Deno ${deno}, ${Deno.build.os} ${Deno.build.arch}`],
    [
      "processor",
      `${cpus()[0]?.model ?? "unknown"}, ${threads()} threads, ${formatBytes(totalmem())}`,
    ],
    ["ONNX Runtime", `${onnxruntime} or later, at ${library}`],
    ["", `with ${providers.map((name) => name.replace("ExecutionProvider", "")).join(", ")}`],
    ["NVIDIA driver", cuda.driver ?? "none"],
    ["CUDA", cudaText(cuda.facts)],
    ...cuda.libraries.map((path) => ["", path]),
    ...gpus.map(({ name, bytes }, i) => [`cuda:${i}`, `${name}, ${formatBytes(bytes)}`]),
  ];
  for (const line of formatColumns(lines)) print(line);
  print("");
  for (const finding of findings) print(lineOf(finding));
  if (findings.every((finding) => "problem" in finding)) return;
  print(
    `a product of two matrices [${SIDE}, ${SIDE}]; a training step and a token of ${SIZES.rows} rows of a ` +
      "model so small that a GPU is mostly waited for",
  );
}

function cudaText(facts: CudaFacts | undefined): string {
  if (facts === undefined) return "none";
  const known = facts.driver === "0.0" ? "no driver" : `a driver for ${facts.driver}`;
  return `${facts.runtime}, with ${known}`;
}

function lineOf(finding: Finding): string {
  const { device } = finding;
  if ("problem" in finding) return `${device}: ${finding.problem}`;
  const { gemm_gflops, step_ms, token_ms, difference, on_host } = finding;
  return [
    `${device}: works`,
    `${Number(gemm_gflops.toPrecision(2))} GFLOP/s`,
    `a step in ${step_ms.toFixed(1)} ms`,
    `a token in ${token_ms.toFixed(2)} ms`,
    ...device === "cpu" ? [] : [nearness(difference)],
    ...on_host.length === 0 ? [] : [`on the host: ${on_host.join(", ")}`],
  ].join("; ");
}

function nearness(difference: number): string {
  const size = difference.toExponential(0);
  return difference <= LOGP_TOLERANCE
    ? `log-probabilities within ${size} of the processor's`
    : `its log-probabilities are wrong, by ${size}: do not use it`;
}
