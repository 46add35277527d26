/** Texts that end a completion. @module */
import type { Tokenizer } from "../text/tokenizer.ts";

/** Tokens besides those of a text that are looked through: the first may be decoded otherwise than in its place. */
const MARGIN = 8;

/**
 * Tells whether one of these texts stands at the end of what was generated so far, or within its last token. A token has
 * one byte at least, so that no more of them than the longest text's bytes have to be decoded.
 */
export function stopDetector(
  tokenizer: Pick<Tokenizer, "decode">,
  stops: readonly string[],
): (ids: readonly number[]) => boolean {
  const encoder = new TextEncoder();
  const tail = MARGIN + Math.max(...stops.map((stop) => encoder.encode(stop).length));
  return (ids) => {
    const text = tokenizer.decode(ids.slice(-tail));
    return stops.some((stop) => text.includes(stop));
  };
}

/** A text up to the first of these. */
export function cutAtStop(text: string, stops: readonly string[] = []): string {
  const ends = stops.map((stop) => text.indexOf(stop)).filter((end) => end !== -1);
  return text.slice(0, Math.min(text.length, ...ends));
}
