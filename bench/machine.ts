/** What figures were measured on. @module */

/** Flags of processors that products depend on. */
const INSTRUCTIONS = [
  ...["avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16"],
  ...["amx_int8", "amx_bf16", "asimd", "i8mm", "bf16", "sve"],
];

/** The processor, its caches and instructions, how many run threads, and how busy it was: a line each. */
export function describeMachine(): string {
  const info = read("/proc/cpuinfo");
  const field = (name: string) => new RegExp(`^${name}\\s*: (.*)$`, "m").exec(info)?.[1] ?? "?";
  const flags = new Set(`${field("flags")} ${field("Features")}`.split(" "));
  const name = `${field("model name")} (family ${field("cpu family")}, model ${field("model")})`;
  const [load] = Deno.loadavg();
  return [
    `processor: ${name}, ${navigator.hardwareConcurrency} threads`,
    `caches: ${caches().join(", ")}`,
    `instructions: ${INSTRUCTIONS.filter((flag) => flags.has(flag)).join(" ")}`,
    `load at the start: ${load!.toFixed(2)}`,
  ].join("\n");
}

/** `L1d 32K`, as one processor sees them. */
function caches(): string[] {
  const found: string[] = [];
  for (let i = 0; i < 8; i++) {
    const folder = `/sys/devices/system/cpu/cpu0/cache/index${i}`;
    const level = read(`${folder}/level`).trim(), type = read(`${folder}/type`).trim();
    if (level === "" || type === "Instruction") continue;
    found.push(`L${level}${type === "Data" ? "d" : ""} ${read(`${folder}/size`).trim()}`);
  }
  return found;
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
