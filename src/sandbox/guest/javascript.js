/**
 * A guest's worker that runs JavaScript or TypeScript. A whole program has stdin and stdout to itself; one whose functions
 * are called gets frames, and what it writes besides is no frame.
 */
import { createRequire } from "node:module";

const { stdin, stdout } = Deno;
const encoder = new TextEncoder(), decoder = new TextDecoder();
const { stringify, parse } = JSON;

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
const readMessage = () => parse(decoder.decode(readFrame()));
const mark = readFrame();
function writeFrame(text) {
  const bytes = encoder.encode(text), frame = new Uint8Array(mark.length + 4 + bytes.length);
  frame.set(mark);
  new DataView(frame.buffer).setUint32(mark.length, bytes.length, true);
  frame.set(bytes, mark.length + 4);
  for (let at = 0; at < frame.length;) at += stdout.writeSync(frame.subarray(at));
}

const load = (code) =>
  import(`data:application/typescript;charset=utf-8,${encodeURIComponent(code)}`);

/** A value as JSON, as guest/values.py writes it. */
function encode(value) {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "undefined":
      return null;
    case "bigint":
      return { i: (value < 0n ? "-0x" : "0x") + (value < 0n ? -value : value).toString(16) };
    case "number":
      return Number.isFinite(value) ? value : { f: String(value) };
    case "object":
      if (value === null) return null;
      if (Array.isArray(value)) return Array.from(value, encode);
      if (ArrayBuffer.isView(value)) return Array.from(value, encode);
      if (value instanceof Set) return { s: Array.from(value, encode) };
      if (value instanceof Map) {
        return { d: Array.from(value, ([key, item]) => [encode(key), encode(item)]) };
      }
      return { d: Object.entries(value).map(([key, item]) => [key, encode(item)]) };
    default:
      throw new TypeError(`${typeof value} is no value`);
  }
}

/** What an argument is. */
function decode(value) {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== "object" || value === null) return value;
  if ("i" in value) return value.i.startsWith("-") ? -BigInt(value.i.slice(1)) : BigInt(value.i);
  return Object.fromEntries(value.d.map(([key, item]) => [key, decode(item)]));
}

function describe(error) {
  const line = /typescript;[^\n]*?:(\d+):\d+/.exec(String(error?.stack))?.[1];
  return {
    type: String(error?.name ?? "Error").slice(0, 300),
    message: String(error?.message ?? error).slice(0, 300),
    line: line === undefined ? null : Number(line),
  };
}

// Programs for Node read their input from a path.
const require = createRequire("file:///program.js"), fs = require("node:fs");
const { readFileSync } = fs;
fs.readFileSync = (path, ...rest) => readFileSync(path === "/dev/stdin" ? 0 : path, ...rest);
globalThis.require = require;
const exported = {}, module = { exports: exported };
Object.assign(globalThis, { module, exports: exported });

writeFrame("ready");
const first = readMessage();
if (first.op === "run") {
  require.main = module; // what a program asks that is run, and not imported
  await load(first.code);
} else {
  for (const name of Object.keys(console)) console[name] = () => {};
  let functions = {};
  const ops = {
    async load({ code, names }) {
      // What is there for all is not the program's, though it can be called by its name.
      const there = names.map((name) => globalThis[name]);
      const loaded = await load(
        `${code}\n;export const __names__ = {${
          names.map((name) => `${name}: typeof ${name} === "undefined" ? undefined : ${name}`).join(
            ", ",
          )
        }};`,
      );
      functions = Object.assign(Object.create(null), loaded.__names__);
      for (const [i, name] of names.entries()) {
        const isOwn = functions[name] !== undefined && functions[name] !== there[i];
        if (!isOwn) {
          const owner = [module.exports, exported].find((one) => Object.hasOwn(Object(one), name));
          functions[name] = owner?.[name];
        }
      }
      const found = names.filter((name) => typeof functions[name] === "function");
      return { ok: Object.fromEntries(found.map((name) => [name, { r: name }])) };
    },
    async call({ id, args }) {
      return { ok: encode(await functions[id](...args.map(decode))) };
    },
  };
  for (let message = first;; message = readMessage()) {
    let reply;
    try {
      reply = stringify(await ops[message.op](message));
    } catch (error) {
      reply = stringify({ error: describe(error) });
    }
    writeFrame(reply);
  }
}
