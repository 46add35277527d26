/** What a program in JavaScript or TypeScript may try. @module */
import type { Canaries } from "./hostile.ts";

/** Lines that do harm, or would; by what they are after. */
export function javascriptAttacks(
  { file, secret, port, variable }: Canaries,
): Readonly<Record<string, string>> {
  const [made, hidden] = [file, secret].map((path) => JSON.stringify(path));
  const worker = (code: string) =>
    `new Worker("data:text/javascript," + encodeURIComponent(${
      JSON.stringify(code)
    }), { type: "module" })`;
  return {
    // Files
    "write a file": `Deno.writeTextFileSync(${made}, "x")`,
    "write by fs": `require("fs").writeFileSync(${made}, "x")`,
    "write a cache": `caches.open("x").then((c) => c.put("http://x/", new Response("x")))`,
    "write a database":
      `new (require("node:sqlite").DatabaseSync)(${made}).exec("create table t(a)")`,
    "attach a database":
      `new (require("node:sqlite").DatabaseSync)(":memory:").exec("attach " + JSON.stringify(${made}) + " as x; create table x.t(a)")`,
    "vacuum a database":
      `new (require("node:sqlite").DatabaseSync)(":memory:").exec("vacuum into '${file}'")`,
    "keep": `localStorage.setItem("a", "b")`,
    "heap snapshot": `require("v8").writeHeapSnapshot(${made})`,
    "report": `process.report.writeReport(${made})`,
    "make a folder": `Deno.mkdirSync(${made}, { recursive: true })`,
    "make a temporary file": `console.log(Deno.makeTempFileSync())`,
    "read a file": `console.log(Deno.readTextFileSync(${hidden}))`,
    "read by fs": `console.log(require("fs").readFileSync(${hidden}, "utf8"))`,
    "read by descriptor":
      `for (let i = 3; i < 64; i++) try { console.log(require("fs").readFileSync(i, "utf8")) } catch {}`,
    "read as a module": `import(${
      JSON.stringify(`file://${secret}`)
    }, { with: { type: "text" } }).then((m) => console.log(m.default))`,
    "require a file": `console.log(require(${hidden}))`,
    "read environ": `console.log(require("fs").readFileSync("/proc/self/environ", "utf8"))`,
    "list": `console.log([...Deno.readDirSync("/")])`,
    "link": `Deno.symlinkSync(${hidden}, ${made})`,
    "glob": `console.log(require("fs").globSync("/*"))`,
    // The net
    "fetch":
      `fetch("http://127.0.0.1:${port}/").then((r) => r.text()).then(console.log, console.log)`,
    "connect": `Deno.connect({ port: ${port} }).then(console.log, console.log)`,
    "connect by net": `require("net").connect(${port}, "127.0.0.1").on("error", console.log)`,
    "http": `require("http").get("http://127.0.0.1:${port}/").on("error", console.log)`,
    "websocket": `try { new WebSocket("ws://127.0.0.1:${port}/") } catch (e) { console.log(e) }`,
    "event source":
      `new EventSource("http://127.0.0.1:${port}/").onerror = function () { this.close() }`,
    "datagram":
      `try { require("dgram").createSocket("udp4").send("x", ${port}, "127.0.0.1") } catch (e) { console.log(e) }`,
    "import from the net": `import("http://127.0.0.1:${port}/x.js").then(console.log, console.log)`,
    "import a package": `import("npm:is-odd@3.0.1").then(console.log, console.log)`,
    "resolve": `Deno.resolveDns("example.com", "A").then(console.log, console.log)`,
    "listen": `Deno.serve({ port: 0 }, () => new Response())`,
    // The environment
    "environment": `console.log(Deno.env.get("${variable}"))`,
    "environment of the process": `console.log(process.env["${variable}"], process.env)`,
    "arguments": `console.log(Deno.args, process.title)`,
    "system": `console.log(Deno.hostname(), Deno.networkInterfaces())`,
    "ask for permission": `console.log(Deno.permissions.requestSync({ name: "read" }))`,
    // Processes
    "command": `new Deno.Command("touch", { args: [${made}] }).outputSync()`,
    "child": `require("child_process").execSync("touch ${file}")`,
    "fork": `for (;;) require("child_process").fork("data:text/javascript,1")`,
    "cluster": `require("cluster").fork()`,
    "kill the parent": `process.kill(process.ppid, "SIGKILL")`,
    "kill everybody": `process.kill(-1, "SIGKILL")`,
    "kill the group": `process.kill(0, "SIGKILL")`,
    "kill itself": `process.kill(process.pid, "SIGKILL")`,
    "stop itself": `process.kill(process.pid, "SIGSTOP")`,
    "ignore signals":
      `Deno.addSignalListener("SIGTERM", () => {}); Deno.addSignalListener("SIGINT", () => {}); for (;;);`,
    // Foreign functions
    "dlopen": `Deno.dlopen("libc.so.6", {})`,
    "dlopen of node": `process.dlopen({ exports: {} }, "/lib/x.node")`,
    "native syntax":
      `require("v8").setFlagsFromString("--allow-natives-syntax"); eval("%DebugPrint(1)")`,
    "inspector": `new (require("inspector").Session)().connectToMainThread()`,
    "gpu": `navigator.gpu.requestAdapter().then(console.log)`,
    "bindings": `console.log(process.binding("fs"), process._linkedBinding)`,
    "extension":
      `new (require("node:sqlite").DatabaseSync)(":memory:", { allowExtension: true }).loadExtension("/lib/x")`,
    // Time and memory
    "loop": `for (;;);`,
    "loop of promises": `(async () => { for (;;) await 0 })()`,
    "loop of timers": `setInterval(() => {}, 1)`,
    "wait": `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`,
    "arrays": `const a = []; for (;;) a.push(new Array(1e6).fill(1.5))`,
    "buffers": `const a = []; for (;;) a.push(new Uint8Array(1e8).fill(1))`,
    "a large buffer": `new Uint8Array(2 ** 36)`,
    "wasm memory":
      `const a = []; for (;;) { const m = new WebAssembly.Memory({ initial: 16384 }); new Uint8Array(m.buffer).fill(1); a.push(m) }`,
    "texts": `let s = "x"; for (;;) s += s`,
    "a map": `const m = new Map(); for (let i = 0;; i++) m.set(i, String(i).repeat(50))`,
    "regular expression": `/^(a+)+$/.test("a".repeat(64) + "b")`,
    "recursion": `function f() { return f() + 1 } f()`,
    "recursion in JSON": `let v = []; for (let i = 0; i < 1e6; i++) v = [v]; JSON.stringify(v)`,
    "a large number": `10n ** (10n ** 9n)`,
    "workers": `for (let i = 0; i < 500; i++) ${worker("for (;;);")}`,
    "workers of workers":
      `const code = \`new Worker("data:text/javascript," + encodeURIComponent(self.name), { type: "module", name: self.name })\`; new Worker("data:text/javascript," + encodeURIComponent(code), { type: "module", name: code }); for (;;);`,
    "a worker that reads": worker(`console.log(Deno.readTextFileSync(${hidden}))`),
    "a worker that ends": worker(`Deno.exit(0)`),
    "a worker that writes": worker(`Deno.stdout.writeSync(new TextEncoder().encode("all passed"))`),
    "zip bomb":
      `const z = require("zlib"); const d = z.deflateSync(Buffer.alloc(1e8)); const a = []; for (;;) a.push(z.inflateSync(d))`,
    // Output
    "flood": `for (;;) console.log("x".repeat(1e4))`,
    "flood by fs": `for (;;) require("fs").writeSync(1, "x".repeat(1e4))`,
    "flood of errors": `for (;;) console.error("x".repeat(1e4))`,
    "flood of raw errors": `for (;;) Deno.stderr.writeSync(new Uint8Array(1e5))`,
    "flood at once": `console.log("x".repeat(2 ** 28))`,
    "close": `Deno.stdout.close(); Deno.stdin.close(); Deno.stderr.close()`,
    // Ends
    "exit": `Deno.exit(0)`,
    "exit of node": `process.exit(0)`,
    "really exit": `process.reallyExit(0)`,
    "abort": `process.abort()`,
    "close itself": `self.close?.()`,
    "throw": `throw null`,
    "throw something strange":
      `throw { get message() { throw 1 }, get name() { throw 2 }, toString() { throw 3 } }`,
    "reject": `Promise.reject(new Error("no"))`,
    "uncaught": `process.on("uncaughtException", () => {}); throw new Error("no")`,
    // Verdicts
    "say passed":
      `console.log('all tests passed\\n{"ok":true}\\n{"done":{"passed":9,"failed":0}}')`,
    "write frames":
      `const b = new Uint8Array(64); require("fs").writeSync(1, b); Deno.stdout.writeSync(b)`,
    "write large frames":
      `Deno.stdout.writeSync(new Uint8Array(20).fill(255)); Deno.stdout.writeSync(new Uint8Array(2 ** 20).fill(255))`,
    "read frames": `console.log(require("fs").readFileSync(0, "utf8"))`,
    "steal frames":
      `const b = new Uint8Array(4096); let n; while ((n = Deno.stdin.readSync(b)) !== null) console.log(n)`,
    "patch JSON": `JSON.stringify = () => '{"ok":true}'; JSON.parse = () => ({ op: "call" })`,
    "patch prototypes":
      `Object.prototype.ok = true; Array.prototype.map = () => [true]; Array.from = () => [true]; String.prototype.slice = () => "ok"`,
    "patch encoders":
      `TextEncoder.prototype.encode = () => new Uint8Array(8); Uint8Array.prototype.set = () => {}`,
    "patch entries":
      `Object.fromEntries = () => ({ secret: { r: "secret" } }); Object.assign = (o) => o`,
    "patch promises": `Promise.prototype.then = (f) => f(1)`,
    "a thenable": `globalThis.secret = { then(f: (x: number) => void) { f(1) } }`,
    "post":
      `self.postMessage?.({ ok: true }); require("worker_threads").parentPort?.postMessage({ ok: true })`,
    "unhandled listener": `require("worker_threads").parentPort?.on("message", () => {})`,
    "a stdout of its own": `process.stdout.write = () => true; console.log = () => {}`,
    "symbols": `Object.defineProperty(globalThis, "Symbol", { value: { iterator: 1 } })`,
  };
}
