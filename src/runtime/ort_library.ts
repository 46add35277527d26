/**
 * Finds ONNX Runtime's shared library inside the `onnxruntime-node` npm package.
 *
 * The package is a dependency only for this file: its JavaScript is never loaded, because its
 * JavaScript API copies every output (docs/decisions/0001-c-api-through-ffi.md).
 *
 * @module
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
// Importing the manifest makes Deno download the package and tells the version that deno.json pins.
import manifest from "onnxruntime-node/package.json" with { type: "json" };

/** Version of ONNX Runtime this project was built and tested with. */
export const ORT_VERSION: string = manifest.version;

/** Environment variable that overrides the search with a path to the shared library. */
export const ORT_LIBRARY_VARIABLE = "SOAR_ORT_LIBRARY";

const FILE_NAMES: Readonly<Record<string, string>> = {
  linux: "libonnxruntime.so.1",
  darwin: `libonnxruntime.${ORT_VERSION}.dylib`,
  windows: "onnxruntime.dll",
};

/** What the search depends on; tests pass their own. */
export interface LibrarySearch {
  readonly os?: string;
  readonly arch?: string;
  readonly env?: (name: string) => string | undefined;
  readonly exists?: (path: string) => boolean;
}

/**
 * Path of the ONNX Runtime shared library for this machine.
 *
 * @returns the first existing of: `$SOAR_ORT_LIBRARY`, any `node_modules` above this file, Deno's npm cache
 * @throws {Error} when the platform has no build, the variable names a missing file, or nothing is found
 */
export function findLibrary(search: LibrarySearch = {}): string {
  const os = search.os ?? Deno.build.os;
  const arch = (search.arch ?? Deno.build.arch) === "aarch64" ? "arm64" : "x64";
  const env = search.env ?? ((name: string) => Deno.env.get(name));
  const exists = search.exists ?? existsSync;

  const override = env(ORT_LIBRARY_VARIABLE);
  if (override !== undefined && override !== "") {
    if (exists(override)) return override;
    throw new Error(
      `Cannot load ONNX Runtime: ${ORT_LIBRARY_VARIABLE} names ${override}, which does not exist`,
    );
  }
  const fileName = FILE_NAMES[os];
  if (fileName === undefined || (os === "darwin" && arch === "x64")) {
    throw new Error(
      `Cannot load ONNX Runtime: onnxruntime-node ${ORT_VERSION} has no build for ${os}/${arch}; ` +
        `set ${ORT_LIBRARY_VARIABLE} to a shared library of that version`,
    );
  }
  const inPackage = join("bin", "napi-v6", os === "windows" ? "win32" : os, arch, fileName);
  const candidates = packageDirectories(os, env).map((directory) => join(directory, inPackage));
  const found = candidates.find(exists);
  if (found !== undefined) return found;
  throw new Error(
    `Cannot find ONNX Runtime ${ORT_VERSION}; looked at\n  ${candidates.join("\n  ")}\n` +
      `run \`deno install\` in the project, or set ${ORT_LIBRARY_VARIABLE} to the shared library`,
  );
}

function packageDirectories(os: string, env: (name: string) => string | undefined): string[] {
  const directories: string[] = [];
  if (import.meta.url.startsWith("file:")) {
    let folder = dirname(fileURLToPath(import.meta.url));
    while (dirname(folder) !== folder) {
      directories.push(join(folder, "node_modules", "onnxruntime-node"));
      folder = dirname(folder);
    }
  }
  for (const cache of denoDirectories(os, env)) {
    // One folder per registry host: a mirror set in .npmrc has its own.
    for (const host of registryHosts(join(cache, "npm"))) {
      directories.push(join(cache, "npm", host, "onnxruntime-node", ORT_VERSION));
    }
  }
  return directories;
}

function denoDirectories(os: string, env: (name: string) => string | undefined): string[] {
  const home = env("HOME") ?? homedir();
  const set = env("DENO_DIR");
  if (set !== undefined && set !== "") return [set];
  switch (os) {
    case "darwin":
      return [join(home, "Library", "Caches", "deno")];
    case "windows":
      return [join(env("LOCALAPPDATA") ?? "", "deno")];
    default:
      return [join(env("XDG_CACHE_HOME") ?? join(home, ".cache"), "deno")];
  }
}

function registryHosts(folder: string): string[] {
  const usual = "registry.npmjs.org";
  try {
    const entries = [...Deno.readDirSync(folder)].filter((entry) => entry.isDirectory);
    return [usual, ...entries.map((entry) => entry.name).filter((name) => name !== usual)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [usual];
    throw error;
  }
}
