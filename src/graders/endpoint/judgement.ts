/** What a judge's reply means. @module */
import type { Verdict } from "../grader.ts";

/** How a reply is read. */
export const JUDGEMENTS = {
  json: fromJson,
  yes_no: fromWord,
} as const satisfies Record<string, (reply: string) => Verdict | undefined>;

/** Characters of a reply that are read: its end. */
const READ = 16_000;
const LONGEST_REASON = 500;

/** The verdict of the last JSON object with `correct`; undefined where there is none. */
function fromJson(reply: string): Verdict | undefined {
  const found = objectsIn(reply.slice(-READ)).findLast((object) =>
    Object.hasOwn(object, "correct")
  );
  if (found === undefined) return undefined;
  const { correct, answer, reason } = found;
  const given = typeof answer === "string" || typeof answer === "number" ? String(answer) : null;
  const said = typeof correct === "string" ? correct.toLowerCase() : String(correct);
  const because = typeof reason === "string" ? { reason: reason.slice(0, LONGEST_REASON) } : {};
  if (said === "null") return { outcome: "no_answer", answer: null, ...because };
  if (said !== "true" && said !== "false") return undefined;
  return { outcome: said === "true" ? "correct" : "wrong", answer: given, ...because };
}

/** JSON objects of a text, in order, those within others left out. */
function objectsIn(text: string): Readonly<Record<string, unknown>>[] {
  const found: Readonly<Record<string, unknown>>[] = [];
  for (let start = text.indexOf("{"); start >= 0;) {
    const end = endOfObject(text, start);
    let next = start + 1;
    try {
      if (end !== undefined) {
        found.push(JSON.parse(text.slice(start, end)));
        next = end;
      }
    } catch {
      // a brace of something else
    }
    start = text.indexOf("{", next);
  }
  return found;
}

/** Where an object ends whose first brace is at `start`; undefined where it does not. */
function endOfObject(text: string, start: number): number | undefined {
  let depth = 0, inText = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (inText) {
      if (character === "\\") i++;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return i + 1;
  }
  return undefined;
}

const WORDS: Readonly<Record<string, Verdict["outcome"]>> = { yes: "correct", no: "wrong" };

/** The verdict of a reply that begins with yes or no, or whose last line is it; undefined where these differ, or neither is. */
function fromWord(reply: string): Verdict | undefined {
  const text = reply.toLowerCase().replaceAll(/[*_`"'“”]/g, "").trim();
  const first = /^(yes|no)(?=$|[.,;:!\n]|\s[-–—])/.exec(text)?.[1];
  const last = /^(?:[^:]{0,40}:)?\s*(yes|no)[.!]?$/.exec(text.split("\n").at(-1)!.trim())?.[1];
  const words = new Set([first, last].filter((word) => word !== undefined));
  if (words.size !== 1) return undefined;
  return { outcome: WORDS[[...words][0]!]!, answer: null };
}
