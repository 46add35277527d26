/** Standard output of a process that runs steps: what it tells, a JSON text a line. @module */
import process from "node:process";
import { format } from "node:util";
import type { Event } from "../core/mod.ts";
import type { Message } from "../executors/protocol.ts";

const write = Deno.stdout.writeSync.bind(Deno.stdout);
let isHeard = true, before = "";

/** Tells something on standard output. Without a reader the job goes on: its result is kept. */
export function tell(message: Message | Event): void {
  if (!isHeard) return;
  const bytes = new TextEncoder().encode(`${before}${JSON.stringify(message)}\n`);
  try {
    for (let at = 0; at < bytes.length;) at += write(bytes.subarray(at));
  } catch {
    isHeard = false;
  }
}

/**
 * Takes what stages write for people, as standard output is for what this process tells.
 *
 * @param take takes each line
 * @param isServing whether what natives write there after all is kept apart by empty lines
 */
export function divertOutput(take: (line: string) => void, isServing: boolean): void {
  if (isServing) before = "\n";
  const takeText = (text: string) => {
    for (const line of text.split("\n")) if (line.trim() !== "") take(line);
  };
  for (const name of ["log", "info", "debug", "warn", "error"] as const) {
    console[name] = (...values: unknown[]) => takeText(format(...values));
  }
  const takeBytes = (bytes: Uint8Array) => {
    takeText(new TextDecoder().decode(bytes));
    return bytes.length;
  };
  Deno.stdout.writeSync = takeBytes;
  Deno.stdout.write = (bytes) => Promise.resolve(takeBytes(bytes));
  process.stdout.write = (data: Uint8Array | string) => {
    takeText(typeof data === "string" ? data : new TextDecoder().decode(data));
    return true;
  };
}
