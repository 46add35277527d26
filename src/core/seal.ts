import { createHash } from "node:crypto";

/**
 * A JSON text that carries the digest of its contents: `{"sha256":"…","sealed":VALUE}`. Every byte counts, so
 * that no flipped bit passes.
 */
export function seal(value: unknown): string {
  const text = JSON.stringify(value);
  return `${HEAD}${sha256(text)}${MIDDLE}${text}${TAIL}`;
}

/** The value in a sealed text; undefined when a byte of it is not as it was written. */
export function unseal(text: string): unknown {
  const from = HEAD.length + 64 + MIDDLE.length, contents = text.slice(from, -TAIL.length);
  const digest = text.slice(HEAD.length, HEAD.length + 64);
  const whole = text === `${HEAD}${digest}${MIDDLE}${contents}${TAIL}`;
  return whole && sha256(contents) === digest ? JSON.parse(contents) : undefined;
}

const HEAD = '{"sha256":"', MIDDLE = '","sealed":', TAIL = "}\n";

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
