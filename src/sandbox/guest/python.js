/**
 * A guest's worker that runs Python: Pyodide out of bytes that the host sends, so that nothing is read from a disk. Frames
 * from the host are lengths and bytes; frames to it begin with a mark, since a program can write to stdout itself.
 */
const { stdin, stdout } = Deno;
const encoder = new TextEncoder(), decoder = new TextDecoder();

function readBytes(length) {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = stdin.readSync(bytes.subarray(at));
    if (count === null) throw new Error("the host is gone");
    at += count;
  }
  return bytes;
}
const readFrame = () => readBytes(new DataView(readBytes(4).buffer).getUint32(0, true));
const readText = () => decoder.decode(readFrame());
function writeFrame(bytes) {
  const frame = new Uint8Array(mark.length + 4 + bytes.length);
  frame.set(mark);
  new DataView(frame.buffer).setUint32(mark.length, bytes.length, true);
  frame.set(bytes, mark.length + 4);
  for (let at = 0; at < frame.length;) at += stdout.writeSync(frame.subarray(at));
}

/** Memory whose pages of nothing but zeros were left out. */
function unpack(packed) {
  const head = new DataView(packed.buffer);
  const [length, page] = [head.getUint32(0, true), head.getUint32(4, true)];
  const memory = new Uint8Array(length);
  for (let at = 8; at < packed.length; at += 4 + page) {
    memory.set(packed.subarray(at + 4, at + 4 + page), head.getUint32(at, true) * page);
  }
  return memory;
}

const mark = readFrame();
const { role, memory, output } = JSON.parse(readText());
const [loader, runtime, wasm, library, lock] = [
  readFrame(),
  readFrame(),
  readFrame(),
  readFrame(),
  readText(),
];
const harness = readText(), snapshot = readFrame();

// A program that asks for too much gets a MemoryError, rather than end the process.
const { grow } = WebAssembly.Memory.prototype;
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength + pages * 65_536 > memory) throw new RangeError("out of memory");
  return grow.call(this, pages);
};

// Pyodide is told that it runs in a bare shell: then it reads its files by this function alone.
for (const name of ["process", "Deno", "Buffer", "global", "navigator"]) delete globalThis[name];
// Its runtime, that it is a worker.
globalThis.WorkerGlobalScope = class {};
globalThis.load = () => {};
globalThis.read = () => "";
globalThis.readbuffer = (name) => name.endsWith(".wasm") ? wasm : library;
const { loadPyodide } = await import(
  URL.createObjectURL(new Blob([loader], { type: "text/javascript" }))
);
// As a function: a module of a megabyte would be parsed once more, to see what it imports.
const createPyodideModule = new Function(
  decoder.decode(runtime).replaceAll("import.meta.url", '"/"')
    .replace(/export default (\w+);\s*$/, "return $1;"),
)();
const python = await loadPyodide({
  indexURL: "/",
  lockFileContents: JSON.parse(lock),
  createPyodideModule,
  env: { HOME: "/home", PYTHONHASHSEED: "0" },
  ...(role === "snapshot" ? { _makeSnapshot: true } : { _loadSnapshot: unpack(snapshot) }),
});
for (const name of ["load", "read", "readbuffer", "WorkerGlobalScope"]) delete globalThis[name];

if (role === "snapshot") {
  python.runPython(harness);
  writeFrame(python.makeMemorySnapshot());
} else {
  let input = new Uint8Array(), at = 0, written = [], size = 0, isOpen = false;
  python.setStdin({
    read(buffer) {
      const part = input.subarray(at, at + buffer.length);
      buffer.set(part);
      at += part.length;
      return part.length;
    },
  });
  const write = (buffer) => {
    if (!isOpen) return buffer.length; // what an earlier test left behind
    size += buffer.length;
    if (size > output) throw new python.FS.ErrnoError(22); // EFBIG, in WASI
    written.push(buffer.slice());
    return buffer.length;
  };
  python.setStdout({ write });
  python.setStderr({ write: (buffer) => buffer.length });
  const console = {
    begin(text) {
      [input, at, written, size, isOpen] = [encoder.encode(text), 0, [], 0, true];
    },
    end() {
      const bytes = new Uint8Array(written.reduce((sum, part) => sum + part.length, 0));
      let to = 0;
      for (const part of written) {
        bytes.set(part, to);
        to += part.length;
      }
      [written, isOpen] = [[], false];
      return size > output ? undefined : decoder.decode(bytes);
    },
  };
  const serve = python.globals.get(`serve_${role}`);
  writeFrame(encoder.encode("ready"));
  serve(readText, (text) => writeFrame(encoder.encode(text)), console.begin, console.end);
}
