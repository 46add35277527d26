/**
 * The main thread of a guest: it runs no program itself, so that a loop cannot keep it from ending the process when the
 * host is gone or too much memory is used. Sent to `deno run` as a data URL.
 */
import { Worker } from "node:worker_threads";

/** Bytes that the process may hold, milliseconds between looks. */
const [most, pause] = Deno.args.map(Number);
const { stdin, stderr, exit, memoryUsage } = Deno;

/** The next so many bytes. */
function read(length) {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = stdin.readSync(bytes.subarray(at));
    if (count === null) exit(1); // the host is gone
    at += count;
  }
  return bytes;
}

function tell(text) {
  try {
    stderr.writeSync(new TextEncoder().encode(text));
  } catch {
    exit(1);
  }
}

// Ctrl-C is for the host, which ends its guests itself: else they would be taken for programs that failed.
Deno.addSignalListener("SIGINT", () => {});

// The rest of stdin is the worker's.
const source = read(new DataView(read(4).buffer).getUint32(0, true));
let text = "";
for (const byte of source) text += String.fromCharCode(byte);
const worker = new Worker(new URL(`data:text/javascript;base64,${btoa(text)}`), {
  env: {},
  resourceLimits: { stackSizeMb: 64 }, // V8 is told to use most of it
});
worker.on("error", (error) => {
  tell(`\n!${error?.name ?? "Error"}: ${error?.message ?? error}`.slice(0, 2_000));
  exit(70);
});
worker.on("exit", (code) => exit(code));
// Nobody is written to here, and with messages without an end nothing else would come to its turn.
for (const kind of ["message", "messageerror"]) {
  worker.on(kind, () => {
    tell("\n!Error: a message to no one");
    exit(70);
  });
}

setInterval(() => {
  if (memoryUsage().rss > most) {
    tell("\n!MemoryError: out of memory");
    exit(71);
  }
  // Fails where nobody reads any more: a killed host closes its end.
  tell("\0");
}, pause);
