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

/** What no rows can be read from, by its first bytes. */
const UNREAD: readonly (readonly [problem: string, bytes: readonly number[]])[] = [
  ["it is packed with bzip2; unpack it, or pack it with gzip", [0x42, 0x5a, 0x68]],
  ["it is packed with xz; unpack it, or pack it with gzip", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["it is packed with zstd; unpack it, or pack it with gzip", [0x28, 0xb5, 0x2f, 0xfd]],
  ["it is packed with 7-Zip; unpack it, or pack it with zip", [0x37, 0x7a, 0xbc, 0xaf]],
  ["it is an Arrow file; save it as Parquet", [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31]],
];

/** By its mark, or by a zero in every second byte of what else would be letters. */
function isUtf16([a, b, c, d]: Uint8Array): boolean {
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return true;
  return (b === 0 && d === 0 && !!a && !!c) || (a === 0 && c === 0 && !!b && !!d);
}

/** What no rows can be read from, by how its text begins. */
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
  if (isUtf16(head)) throw unreadable(name, "it is UTF-16; save it as UTF-8");
  const other = UNREAD.find(([, bytes]) => begins(bytes));
  if (other !== undefined) throw unreadable(name, other[0]);
  if (format !== undefined) return format;
  if (begins(PARQUET)) return "parquet";
  if (new TextDecoder().decode(head.subarray(257, 262)) === "ustar") {
    throw unreadable(name, "it is a tar archive; unpack it, and name the folder");
  }
  if (head.includes(0)) {
    throw unreadable(name, "it is no text, and neither Parquet, gzip nor zip");
  }
  const text = new TextDecoder().decode(head).trimStart();
  const found = OTHERS.find(([start]) => start.test(text));
  if (found !== undefined) throw unreadable(name, found[1]);
  return textKind(text, name);
}

function textKind(text: string, name: string): FormatName | undefined {
  if (text === "") return undefined;
  if (text.startsWith("[")) return "json"; // no line is a list
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
