/**
 * Where CUDA's libraries are: beside each other in a folder that is named, or in the Python environment that is active, into
 * which NVIDIA's wheels install them. What is loaded by its path is what ONNX Runtime's provider is linked with afterwards,
 * without LD_LIBRARY_PATH.
 *
 * @module
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Environment variable with folders of CUDA's libraries, separated as in PATH. */
export const CUDA_LIBRARIES_VARIABLE = "SOAR_CUDA_LIBS";

/** CUDA's libraries that ONNX Runtime's provider is linked with, but for the driver's, those that others need first. */
export const CUDA_LIBRARIES: readonly string[] = [
  "libcudart.so.13",
  "libcublasLt.so.13",
  "libcublas.so.13",
  "libcurand.so.10",
];

/** Where wheels have them, in a folder of Python packages. */
const IN_PACKAGES = ["nvidia/cu13/lib", "nvidia/curand/lib"];

/** What the search depends on; tests pass their own. */
export interface CudaSearch {
  readonly env?: (name: string) => string | undefined;
  readonly exists?: (path: string) => boolean;
  readonly list?: (folder: string) => readonly string[];
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Folders of packages of the Python environments that are active. */
export function pythonPackages(
  { env = (name) => Deno.env.get(name), list = entriesOf }: CudaSearch = {},
): string[] {
  return ["VIRTUAL_ENV", "CONDA_PREFIX"].flatMap((name) => {
    const prefix = env(name);
    if (prefix === undefined || prefix === "") return [];
    const versions = list(join(prefix, "lib")).filter((entry) => /^python3\.\d+$/.test(entry));
    return versions.map((version) => join(prefix, "lib", version, "site-packages"));
  });
}

/**
 * CUDA's libraries by path, in the order in which to load them; those that are nowhere are left to the system.
 *
 * @throws {Error} when folders are named and have none of them
 */
export function findCudaLibraries(search: CudaSearch = {}): string[] {
  const { env = (name: string) => Deno.env.get(name), exists = existsSync } = search;
  const named = env(CUDA_LIBRARIES_VARIABLE) ?? "";
  const conda = env("CONDA_PREFIX") ?? "";
  const folders = named !== "" ? named.split(":") : [
    ...pythonPackages(search).flatMap((folder) => IN_PACKAGES.map((part) => join(folder, part))),
    ...conda === "" ? [] : [join(conda, "lib")],
  ];
  const found = CUDA_LIBRARIES.flatMap((name) => {
    const path = folders.map((folder) => join(folder, name)).find(exists);
    return path === undefined ? [] : [path];
  });
  if (named === "" || found.length > 0) return found;
  throw new Error(
    `${CUDA_LIBRARIES_VARIABLE} names ${named}, where ${CUDA_LIBRARIES.join(", ")} are not: ` +
      `name the folder that has them`,
  );
}

let loaded: readonly string[] | undefined;

/**
 * Loads what is found, once.
 *
 * @returns the paths
 * @throws {Error} when a library is there and cannot be loaded
 */
export function loadCudaLibraries(): readonly string[] {
  if (Deno.build.os !== "linux") return [];
  if (loaded !== undefined) return loaded;
  const found = findCudaLibraries();
  for (const path of found) Deno.dlopen(path, {});
  return loaded = found;
}
