/**
 * Makes stand-ins for CUDA's libraries, so that ONNX Runtime's own CUDA provider places graphs, refuses them and copies on
 * a machine without a GPU. What kernels compute is not there.
 *
 *     deno run -A tests/cuda/stand_ins.ts libonnxruntime_providers_cuda.so FOLDER
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** Sources of what is more than a function that returns 0. */
const SOURCES: Readonly<Record<string, string>> = {
  "libcudart.so.13": "cudart.c",
  "libcublas.so.13": "cublas.c",
  "libcublasLt.so.13": "cublasLt.c",
};

function output(command: string, ...args: readonly string[]): string {
  const { code, stdout, stderr } = new Deno.Command(command, { args: [...args] }).outputSync();
  if (code === 0) return new TextDecoder().decode(stdout);
  throw new Error(`Cannot run ${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** NVIDIA's libraries that a provider is linked with, and the functions that it expects of each. */
export function expectedOf(provider: string): Map<string, Set<string>> {
  const needed = [...output("readelf", "-d", provider).matchAll(/\[(lib(?:cu|nv)\S+)\]/g)];
  const expected = new Map(needed.map(([, name]) => [name!, new Set<string>()]));
  const unversioned: string[] = [];
  for (const line of output("objdump", "-T", provider).split("\n")) {
    const [, version, name] = /\*UND\*\s+\S+\s+(\S+)\s+(\S+)$/.exec(line) ?? [];
    if (name === undefined || version === undefined) continue;
    expected.get(version.replaceAll(/[()]/g, ""))?.add(name);
    if (version === "Base" && !/ w /.test(line) && name !== "Provider_GetHost") {
      unversioned.push(name);
    }
  }
  // What has no version is in any library that gives its functions none.
  for (const names of expected.values()) {
    if (names.size === 0) { for (const name of unversioned) names.add(name); }
  }
  return expected;
}

/** Compiles them into a folder. */
export function makeStandIns(provider: string, folder: string): void {
  Deno.mkdirSync(folder, { recursive: true });
  for (const [library, names] of expectedOf(provider)) {
    const file = SOURCES[library];
    const source = file === undefined
      ? ""
      : Deno.readTextFileSync(new URL(`stand_ins/${file}`, import.meta.url));
    const defined = new Set([...source.matchAll(/\b(\w+)\(/g)].map(([, name]) => name));
    const rest = [...names].filter((name) => !defined.has(name));
    const path = `${folder}/${library}`;
    const functions = rest.map((name) => `int ${name}(void) { return 0; }\n`).join("");
    Deno.writeTextFileSync(`${path}.c`, source + functions);
    Deno.writeTextFileSync(`${path}.map`, `${library} { global: *; };\n`);
    const version = `-Wl,-soname,${library},--version-script=${path}.map`;
    output("cc", "-w", "-shared", "-fPIC", "-O1", "-fno-builtin", "-o", path, `${path}.c`, version);
    for (const made of [`${path}.c`, `${path}.map`]) Deno.removeSync(made);
  }
}

if (import.meta.main) {
  const [provider, folder] = Deno.args;
  if (provider === undefined || folder === undefined) {
    console.error(`Usage: deno run -A ${fileURLToPath(import.meta.url)} PROVIDER FOLDER`);
    Deno.exit(2);
  }
  makeStandIns(provider, folder);
}
