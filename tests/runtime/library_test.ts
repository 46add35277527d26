import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join } from "node:path";
import { checkVersion } from "../../src/runtime/api.ts";
import { findLibrary, ORT_LIBRARY_VARIABLE, ORT_VERSION } from "../../src/runtime/mod.ts";

const HOME = "/home/ada";
const env = (values: Record<string, string>) => (name: string) => ({ HOME, ...values })[name];

const CACHED: readonly [os: string, arch: string, env: Record<string, string>, path: string][] = [
  [
    "linux",
    "x86_64",
    {},
    `${HOME}/.cache/deno/npm/registry.npmjs.org/onnxruntime-node/${ORT_VERSION}/bin/napi-v6/linux/x64/libonnxruntime.so.1`,
  ],
  [
    "linux",
    "aarch64",
    { XDG_CACHE_HOME: "/c" },
    `/c/deno/npm/registry.npmjs.org/onnxruntime-node/${ORT_VERSION}/bin/napi-v6/linux/arm64/libonnxruntime.so.1`,
  ],
  [
    "darwin",
    "aarch64",
    {},
    `${HOME}/Library/Caches/deno/npm/registry.npmjs.org/onnxruntime-node/${ORT_VERSION}/bin/napi-v6/darwin/arm64/libonnxruntime.${ORT_VERSION}.dylib`,
  ],
  [
    "windows",
    "x86_64",
    { LOCALAPPDATA: "/l" },
    `/l/deno/npm/registry.npmjs.org/onnxruntime-node/${ORT_VERSION}/bin/napi-v6/win32/x64/onnxruntime.dll`,
  ],
  [
    "windows",
    "aarch64",
    { DENO_DIR: "/d" },
    `/d/npm/registry.npmjs.org/onnxruntime-node/${ORT_VERSION}/bin/napi-v6/win32/arm64/onnxruntime.dll`,
  ],
];

for (const [os, arch, values, path] of CACHED) {
  Deno.test(`findLibrary() finds it in Deno's cache on ${os}/${arch}`, () => {
    const found = findLibrary({ os, arch, env: env(values), exists: (p) => p === path });
    assert.equal(found, path);
  });
}

Deno.test("findLibrary() without HOME looks in the home that the system knows", () => {
  const looked: string[] = [];
  const exists = (path: string) => looked.push(path) < 0;
  assert.throws(() => findLibrary({ os: "linux", env: () => undefined, exists }));
  assert.ok(looked.some((path) => path.startsWith(join(homedir(), ".cache/deno/npm"))));
});

Deno.test("findLibrary() finds it in node_modules", () => {
  const found = findLibrary({
    os: "linux",
    arch: "x86_64",
    env: env({}),
    exists: (path) => path.includes("/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/"),
  });
  assert.match(found, /node_modules/);
});

Deno.test("findLibrary() takes the path that is set, and tells when it is wrong", () => {
  const set = env({ [ORT_LIBRARY_VARIABLE]: "/opt/ort.so" });
  assert.equal(findLibrary({ env: set, exists: (path) => path === "/opt/ort.so" }), "/opt/ort.so");
  assert.throws(() => findLibrary({ env: set, exists: () => false }), {
    message: "Cannot load ONNX Runtime: SOAR_ORT_LIBRARY names /opt/ort.so, which does not exist",
  });
});

Deno.test("findLibrary() tells where it looked and what to do", () => {
  assert.throws(
    () => findLibrary({ os: "linux", arch: "x86_64", env: env({}), exists: () => false }),
    (error: Error) => {
      assert.match(
        error.message,
        new RegExp(`^Cannot find ONNX Runtime ${ORT_VERSION}; looked at\n`),
      );
      assert.match(error.message, /\.cache\/deno/);
      assert.match(error.message, /run `deno install` in the project, or set SOAR_ORT_LIBRARY/);
      return true;
    },
  );
  assert.throws(
    () => findLibrary({ os: "darwin", arch: "x86_64", env: env({}), exists: () => true }),
    /has no build for darwin\/x64/,
  );
});

Deno.test("a library of another version is refused with what to do", () => {
  checkVersion(ORT_VERSION, "/ort.so");
  checkVersion("1.99.0", "/ort.so");
  for (const version of ["1.2.0", "2.0.0", "0.9.1"]) {
    assert.throws(() => checkVersion(version, "/ort.so"), {
      message:
        `Cannot use ONNX Runtime ${version} at /ort.so: this project needs ${ORT_VERSION} or a ` +
        "later version 1; unset SOAR_ORT_LIBRARY, or point it at such a library",
    });
  }
});
