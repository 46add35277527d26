/** Contest problems: APPS (arXiv 2105.09938) and LiveCodeBench (arXiv 2403.07974). @module */
import { Buffer } from "node:buffer";
import { inflateSync } from "node:zlib";
import { parseJson, type Value } from "../../sandbox/mod.ts";
import type { Problem } from "../grader.ts";
import type { Tests } from "./tests.ts";

/** Bytes that compressed tests may have. */
const LARGEST = 2 ** 28;

type Fields = { readonly [key: string]: Value };

/** A field's JSON, whether it was read already or not. */
function jsonOf(value: unknown): Value {
  return typeof value === "string" ? parseJson(value) : value as Value;
}

function fieldsOf(value: Value, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new TypeError(`${what} is no object`);
}

function listOf(value: Value | undefined, what: string): readonly Value[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`${what} is no list`);
}

/** Lines may be a list. */
function linesOf(value: Value | undefined, what: string): string {
  if (Array.isArray(value)) return value.map((line) => linesOf(line, what)).join("\n");
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  throw new TypeError(`${what} is no text`);
}

/** `{ inputs, outputs, fn_name? }`. */
export function readApps(problem: Problem): Tests {
  const given = fieldsOf(jsonOf(problem.input_output), "input_output");
  const inputs = listOf(given.inputs, "inputs of input_output");
  const outputs = listOf(given.outputs, "outputs of input_output");
  if (inputs.length !== outputs.length) {
    throw new TypeError(`input_output has ${inputs.length} inputs and ${outputs.length} outputs`);
  }
  if (typeof given.fn_name !== "string") {
    const tests = inputs.map((input, i) => ({
      input: linesOf(input, "an input"),
      output: linesOf(outputs[i], "an output"),
    }));
    return { kind: "whole", tests };
  }
  const tests = inputs.map((input, i) => {
    const output = outputs[i]!;
    // Results stand there in a list, or as they are.
    const isWrapped = Array.isArray(output) && output.length === 1;
    return {
      args: listOf(input, "an input of a function"),
      expected: isWrapped ? [output, output[0]!] : [output],
    };
  });
  return { kind: "calls", name: given.fn_name, tests };
}

/** Lists of `{ input, output, testtype }`, the second of which may be compressed. */
export function readLiveCodeBench(problem: Problem): Tests {
  const given = [
    ...listOf(jsonOf(problem.public_test_cases ?? []), "public_test_cases"),
    ...listOf(unpack(problem.private_test_cases ?? []), "private_test_cases"),
  ].map((test) => fieldsOf(test, "a test"));
  const tests = given.map(({ input, output }) => ({
    input: linesOf(input, "an input"),
    output: linesOf(output, "an output"),
  }));
  if (given[0]?.testtype !== "functional") return { kind: "whole", tests };
  const { func_name } = fieldsOf(jsonOf(problem.metadata ?? {}), "metadata");
  if (typeof func_name !== "string") throw new TypeError("metadata has no func_name");
  return {
    kind: "calls",
    name: func_name,
    tests: tests.map(({ input, output }) => ({
      args: input.split("\n").filter((line) => line.trim() !== "").map(parseJson),
      expected: [parseJson(output)],
    })),
  };
}

/** JSON, or a pickled text of JSON, compressed and in base64. */
function unpack(given: unknown): Value {
  if (typeof given !== "string" || /^\s*\[/.test(given)) return jsonOf(given);
  const bytes = inflateSync(Buffer.from(given, "base64"), { maxOutputLength: LARGEST });
  return parseJson(pickledText(bytes));
}

/** The text in a pickle of one, of any protocol since 2. */
function pickledText(bytes: Buffer): string {
  for (let at = 0; at < bytes.length;) {
    const code = bytes[at++]!;
    switch (code) {
      case 0x80: // PROTO
        at += 1;
        break;
      case 0x95: // FRAME
        at += 8;
        break;
      case 0x58: // BINUNICODE
        return bytes.toString("utf8", at + 4, at + 4 + bytes.readUInt32LE(at));
      case 0x8c: // SHORT_BINUNICODE
        return bytes.toString("utf8", at + 1, at + 1 + bytes[at]!);
      case 0x8d: // BINUNICODE8
        return bytes.toString("utf8", at + 8, at + 8 + Number(bytes.readBigUInt64LE(at)));
      default:
        throw new TypeError("private_test_cases is no pickled text");
    }
  }
  throw new TypeError("private_test_cases is empty");
}
