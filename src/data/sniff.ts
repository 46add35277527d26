/** What a file is, by what it begins with: its name may say something else, and is in no key. @module */
import { unreadable } from "./row.ts";
import type { FormatName } from "./formats/mod.ts";

/** Bytes that tell what a file is. */
export const HEAD = 2 ** 16;

/** How a file is packed, or what it is; undefined where there is nothing in it. */
export type Kind = FormatName | "gzip" | "zip" | undefined;

const PARQUET = [0x50, 0x41, 0x52, 0x31];
const PACKED: readonly (readonly [kind: "gzip" | "zip", bytes: readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
  ["zip", [0x50, 0x4b, 0x05, 0x06]], // an empty one
];

/** What no rows can be read from, by how it begins. */
const OTHERS: readonly (readonly [begins: RegExp, problem: string])[] = [
  [/^version https:\/\/git-lfs/, "it is a pointer of Git LFS; fetch the file itself"],
  [/^<(!doctype|html|\?xml)/i, "it is a web page or XML; download the file itself"],
];

/**
 * What a file is.
 *
 * @param head its first {@linkcode HEAD} bytes, or all
 * @param format what it is said to be, packed or not
 * @throws {SyntaxError} when it is known to be nothing that can be read
 */
export function sniff(head: Uint8Array, name: string, format?: FormatName): Kind {
  const begins = (bytes: readonly number[]) => bytes.every((byte, i) => head[i] === byte);
  const packed = PACKED.find(([, bytes]) => begins(bytes));
  if (packed !== undefined) return packed[0];
  if (format !== undefined) return format;
  if (begins(PARQUET)) return "parquet";
  if (begins([0xff, 0xfe]) || begins([0xfe, 0xff])) {
    throw unreadable(name, "it is UTF-16; save it as UTF-8");
  }
  if (head.includes(0)) {
    throw unreadable(name, "it is no text, and neither Parquet, gzip nor zip");
  }
  const text = new TextDecoder().decode(head).trimStart();
  const other = OTHERS.find(([start]) => start.test(text));
  if (other !== undefined) throw unreadable(name, other[1]);
  return textKind(text, name);
}

function textKind(text: string, name: string): FormatName | undefined {
  if (text === "") return undefined;
  if (text.startsWith("[")) return /\.(jsonl|ndjson)$/i.test(name) ? "jsonl" : "json";
  if (text.startsWith("{")) {
    const [first = "", second] = text.split("\n").filter((line) => line.trim() !== "");
    const isLines = isJson(first) || second === undefined || second.startsWith("{");
    return isLines ? "jsonl" : "json";
  }
  // What should be JSON by its name is broken, and told as such.
  if (/\.(jsonl|ndjson)$/i.test(name)) return "jsonl";
  return /\.json$/i.test(name) ? "json" : "csv";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
