/** Answers in words: names, choices, sentences, and permutations as cycles. @module */
import type { Answer } from "./answer.ts";
import { Unreadable } from "./node.ts";
import { singular } from "./units.ts";
import { numberOfWords } from "./words.ts";

type Text = Answer & { readonly kind: "text" };

/** More words without \text are a sentence, and no answer. */
const MOST_WORDS = 6;

/** Without the commands that say that it is text. */
export function plainWords(text: string): string {
  return text.replaceAll(/\\text\s*\{([^{}]*)\}/g, "$1").replaceAll(
    /\^\s*\{?(st|nd|rd|th)\}?/g,
    "$1",
  )
    .replaceAll(/\s+/g, " ").trim();
}

/** Words alone, or a choice with what it says. @param parse reads that */
export function wordsOf(text: string, parse: (text: string) => Answer): Text | undefined {
  const plain = plainWords(text), isText = /\\text\s*\{/.test(text);
  const choice = choiceOf(plain);
  if (choice !== undefined) {
    const said = saidOf(plain.slice(plain.indexOf(choice) + 1), parse);
    return { kind: "text", text: choice.toLowerCase(), ...(said && { said }) };
  }
  if (/^[A-Za-z]$/.test(plain) && isText) return { kind: "text", text: plain.toLowerCase() };
  const bare = /^\p{L}[\p{L}'’.-]*(?:[ ,;&]+[\p{L}\d'’.-]+)*$/u;
  if (!bare.test(plain) || !/\p{L}{2}/u.test(plain) || numberOfWords(plain) !== undefined) {
    return undefined;
  }
  if (/^(?:USD|EUR|GBP|INR|Rs)\.?\s*\d/.test(plain)) return undefined;
  if (!isText && (!/\p{L}{3}/u.test(plain) || plain.split(" ").length > MOST_WORDS)) {
    return undefined;
  }
  return { kind: "text", text: plain.toLowerCase() };
}

/** What stands beside the letter, where it can be compared. */
function saidOf(rest: string, parse: (text: string) => Answer): Answer | undefined {
  const said = rest.replace(/^[):.\s]+/, "").replace(/^\\(?:quad|qquad|[ ,;:])\s*/, "");
  if (said === "") return undefined;
  try {
    return parse(said);
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

const CHOICES = [
  /^\(?([A-J])\)(?:\s|\\|$|\.)/, // (B) 12
  /^\(([A-J])\)?$/,
  /^([A-J]):\s/,
  /^([A-J])\.\s+[\d\\(-]/,
  /^(?:option|choice|answer)\s*:?\s*\(?([A-J])\)?$/i,
];

function choiceOf(plain: string): string | undefined {
  for (const pattern of CHOICES) {
    const found = pattern.exec(plain)?.[1];
    // Several choices are none.
    const others = plain.slice(1).replace(found ?? "", "");
    if (found !== undefined && !/=|(?<![A-Za-z])[A-J][).:]|\b(?:or|and)\b/.test(others)) {
      return found;
    }
  }
  return undefined;
}

/** What is compared of words: no case, no articles, no blanks, one for several. */
export function bareText(text: string): string {
  const words = text.toLowerCase().replace(/^(?:the|an?) (?=.{2})/, "");
  const last = words.lastIndexOf(" ") + 1;
  return (words.slice(0, last) + singular(words.slice(last))).replaceAll(/[\s.'’,*-]/g, "");
}

/** Permutations as cycles: (1 2 3)(4 5), in which the order of the cycles and where each begins say nothing. */
export function cyclesOf(text: string): Text | undefined {
  if (!/^(?:\(\s*\d+(?:\s+\d+)+\s*\)\s*)+$/.test(text)) return undefined;
  const cycles = [...text.matchAll(/\(([\d\s]+)\)/g)].map(([, inside]) => {
    const points = inside!.trim().split(/\s+/).map(Number),
      at = points.indexOf(Math.min(...points));
    return [...points.slice(at), ...points.slice(0, at)].join("→");
  });
  return { kind: "text", text: `cycles ${cycles.toSorted().join("|")}` };
}
