/** Python as WebAssembly: the bytes that a guest needs, and the memory of one that is ready, which saves starting it again. @module */
import { fileURLToPath } from "node:url";
// Importing the manifest makes Deno download the package and tells the version that deno.json pins.
import manifest from "pyodide/package.json" with { type: "json" };
import { frame } from "./frames.ts";
import { GuestEnded, GuestProcess } from "./guest_process.ts";
import JUDGE from "./guest/judge.py" with { type: "text" };
import PROGRAM from "./guest/program.py" with { type: "text" };
import WORKER from "./guest/python.js" with { type: "text" };
import VALUES from "./guest/values.py" with { type: "text" };
import type { Limits } from "./limits.ts";

/** Whether a guest runs a program or the tests of one. */
export type Role = "program" | "judge";

const FILES = [
  ...["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"],
  "pyodide-lock.json",
] as const;
/** Memory that nothing has touched is left out by pages. */
const PAGE = 65_536;

let files: readonly Uint8Array[] | undefined;
let snapshot: Promise<Uint8Array> | undefined;

/** The package's files, framed. */
function readFiles(): readonly Uint8Array[] {
  return files ??= FILES.map((name) => {
    const url = import.meta.resolve(`npm:pyodide@${manifest.version}/${name}`);
    return frame(Deno.readFileSync(fileURLToPath(url)));
  });
}

/** A process that runs Python. @throws {Error} when it cannot be started */
export async function startPython(role: Role, limits: Limits): Promise<GuestProcess> {
  // One that could not be made is made again when it is next asked for.
  snapshot ??= makeSnapshot().catch((error) => {
    snapshot = undefined;
    throw error;
  });
  const guest = new GuestProcess("python", limits);
  await boot(guest, role, limits, frame(await snapshot));
  return guest;
}

async function makeSnapshot(): Promise<Uint8Array> {
  const limits: Limits = { timeout: 60, memory: 512, output: 2 ** 26 };
  const guest = new GuestProcess("python", limits);
  try {
    return pack(await boot(guest, "snapshot", limits, frame("")));
  } finally {
    guest.kill();
    await guest.ended;
  }
}

/** Sends all that it needs; what it says first. */
async function boot(
  guest: GuestProcess,
  role: Role | "snapshot",
  { output }: Limits,
  memory: Uint8Array,
): Promise<Uint8Array> {
  const settings = JSON.stringify({ role, memory: guest.bytes, output });
  const sent = guest.write(
    frame(WORKER),
    ...[frame(guest.mark), frame(settings)],
    ...[...readFiles(), frame([VALUES, PROGRAM, JUDGE].join("\n")), memory],
  );
  try {
    const first = await guest.read();
    await sent;
    return first;
  } catch (error) {
    if (!(error instanceof GuestEnded)) throw error;
    const { code, told } = error.ending;
    throw new Error(`Cannot start Python: its process ended with ${code}: ${told}`);
  }
}

/** Leaves out pages of nothing but zeros; `unpack` in guest/python.js puts them back. */
function pack(memory: Uint8Array): Uint8Array {
  const pages: number[] = [];
  for (let at = 0; at < memory.length; at += PAGE) {
    if (memory.subarray(at, at + PAGE).some((byte) => byte !== 0)) pages.push(at / PAGE);
  }
  const packed = new Uint8Array(8 + pages.length * (4 + PAGE)), view = new DataView(packed.buffer);
  view.setUint32(0, memory.length, true);
  view.setUint32(4, PAGE, true);
  for (const [i, page] of pages.entries()) {
    const at = 8 + i * (4 + PAGE);
    view.setUint32(at, page, true);
    packed.set(memory.subarray(page * PAGE, (page + 1) * PAGE), at + 4);
  }
  return packed;
}
