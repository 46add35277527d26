/** Where in a completion the answer stands. @module */
import { type Box, boxesOf } from "../marked.ts";

/** What was found. */
export interface Found {
  /** The answer as it is written. */
  readonly text: string;
  /** Whether it stands in a box. */
  readonly boxed: boolean;
}

/** More than this is not looked through. */
const LONGEST = 200_000;

/**
 * The answer of a completion; undefined where there is none.
 *
 * @param lenient whether it may stand outside of a box
 */
export function extract(completion: string, lenient: boolean): Found | undefined {
  const text = answerPart(completion.slice(-LONGEST));
  if (text === undefined) return undefined;
  const boxes = boxesOf(text), boxed = boxedAnswer(text, boxes);
  if (boxed !== undefined) {
    // What is called the final answer after the last box is the last word.
    const rest = text.slice(boxes.at(-1)!.to);
    const final = lenient ? [...rest.matchAll(FINAL)].at(-1) : undefined;
    const said = final && afterCue(rest.slice(final.index + final[0].length));
    if (said !== undefined && /\d|\\/.test(said)) return { text: said, boxed: false };
    return boxed.trim() === "" ? undefined : { text: boxed, boxed: true };
  }
  if (!lenient) return undefined;
  const loose = looseAnswer(text)?.trim();
  return loose === undefined || loose === "" ? undefined : { text: loose, boxed: false };
}

/** What comes after the thoughts; undefined where these do not end. */
function answerPart(completion: string): string | undefined {
  const end = completion.lastIndexOf("</think>");
  const rest = end < 0 ? completion : completion.slice(end + "</think>".length);
  if (rest.includes("<think>")) return undefined;
  const stop = rest.search(/<\|(?:im_start|start_header_id)\|>/);
  return (stop < 0 ? rest : rest.slice(0, stop)).replaceAll(/<\|[\w-]+\|>/g, " ");
}

/** Words after which what comes is said anew. */
const CORRECTION =
  /\b(?:no|not|wait|but|so|actually|instead|hmm|however|sorry|because|therefore|thus|hence|then|yeah|yes|check|which|is|was|are|equals?|gives?|becomes|simplif\w+|yields?|means|rather|correct\w*|right|wrong|incorrect|mistake|oops|let)\b/i;

/** The last box, or the last boxes where they stand side by side. */
function boxedAnswer(text: string, boxes: readonly Box[]): string | undefined {
  const last = boxes.at(-1);
  if (last === undefined) return undefined;
  const group = [last];
  for (let i = boxes.length - 2; i >= 0; i--) {
    const between = text.slice(boxes[i]!.to, group[0]!.from);
    if (!isListSeparator(between)) break;
    group.unshift(boxes[i]!);
  }
  // A word after the box may be its unit.
  const after = /^\s*\$?\s*(\\?%|percent(?:age)?\b|pct\b)/i.exec(text.slice(last.to, last.to + 30))
    ?.[1];
  const unit = after === undefined || /%|percent|pct/i.test(last.text) ? "" : "\\%";
  if (group.length === 1) return last.text.trim() === "" ? "" : last.text + unit;
  if (group.some((box) => box.text.trim() === "")) return "";
  const texts = new Set(group.map((box) => box.text.trim()));
  return [...texts].join(" , ");
}

function isListSeparator(between: string): boolean {
  if (between.length > 60 || CORRECTION.test(between)) return false;
  const plain = between.replaceAll(
    /\\(?:text|mbox|quad|qquad|mathrm)(?![a-zA-Z])|[\\$(){}[\],;~\s]/g,
    " ",
  ).trim();
  if (plain === "" || /^(?:and|or)$/.test(plain)) return true;
  return !/[.!?:]/.test(plain) && plain.split(/\s+/).length <= 4;
}

const CUES =
  /(?:final\s+answer\s*(?:is|:|=)*|(?:answer|option|choice)\s+is|answers\s+are|\banswer\s*\**\s*[:=]|####|<answer>)\s*/gi;

/** What announces the last word. */
const FINAL = /final\s+answer\s+is\s*:?\s*/gi;

/** After a cue, else what the last sentence with mathematics or a number ends in. */
function looseAnswer(text: string): string | undefined {
  const cues = [...text.matchAll(CUES)];
  for (const cue of cues.toReversed()) {
    const rest = text.slice(cue.index + cue[0].length).replace(/<\/answer>[\s\S]*$/, "");
    const found = afterCue(rest);
    if (found !== undefined) return found;
  }
  const tail = text.slice(-20_000);
  const whole = tail.trim();
  return isBare(whole) ? resultOf(whole) : lastOf(tail);
}

const MATHS =
  /\$\$([\s\S]+?)\$\$|(?<!\\)\$([^$]+?)(?<!\\)\$|\\\(([\s\S]+?)\\\)|\\\[([\s\S]+?)\\\]/g;

/** How an answer begins that is nothing else: no word, but perhaps a name or a function. */
const BEGINNING =
  /^(?:[-+−±√|\d([{\\]|[a-zA-Z](?![a-zA-Z])|(?:sin|cos|tan|log|ln|sqrt|pi|exp)\b|[A-Z]{2,3}\s*=)/;
/** What follows says why. */
const REASON = /,?\s+(?:which|because|since|as|where|when|if|so|then|thus|hence)\b/;

/** A text that is an answer and nothing else. */
function isBare(text: string): boolean {
  if (text.length > 60 || /[$\n]|\\[([]/.test(text) || !/[\d\\]/.test(text)) return false;
  if (REASON.test(text)) return false;
  return !/(?<![\\\p{L}{])\p{L}{3,}\s+\S*\p{L}{2,}/u.test(text) && BEGINNING.test(text);
}

/** Of a calculation what it comes to: 3 + 4 = 7 is 7. */
function resultOf(text: string): string {
  return /^[-+\d\s.,*/()^×·÷]+=[^=]*$/.test(text)
    ? text.slice(text.lastIndexOf("=") + 1).trim()
    : text;
}

/** The first sentence's mathematics or number, or a short text by itself. */
function afterCue(rest: string): string | undefined {
  const plain = rest.replace(/^[\s*_:]*/, "").replace(
    /^(?:the (?:final )?answer )?(?:is|are)\b[\s*_:]*/i,
    "",
  );
  const maths = /^(?:\$\$[\s\S]+?\$\$|\\\[[\s\S]+?\\\])/.exec(plain)?.[0];
  const [line = ""] = maths === undefined ? plain.split("\n") : [maths];
  const [first = ""] = line.split(/(?<=[^\d\s][.!?])\s|(?<=\d\.)\s+(?=[A-Z(]|$)/);
  const [told = ""] = first.split(REASON), isTold = /[\d\\]/.test(told);
  const sentence = (isTold ? told : first).slice(0, 2_000).replaceAll(/\*\*|__|`/g, " ").trim()
    .replace(/[.!]+$/, "").replace(/^(?:about|approximately|roughly|around|exactly)\s+/, "");
  if (sentence === "") return undefined;
  if (isBare(sentence)) return resultOf(sentence);
  // A choice; a name with a number, such as May 5.
  if (/^[A-J]$|^\([A-J]\)|^[A-Z]\p{L}+ \d+$/u.test(sentence)) return sentence;
  return lastOf(sentence) ?? (sentence.length <= 40 ? sentence : undefined);
}

/** The last formula or number of a text, whichever comes later; formulas with nothing but "and" between are a list. */
function lastOf(text: string): string | undefined {
  const formulas = [...text.matchAll(MATHS)];
  const masked = text.replaceAll(MATHS, (found) => "\u0001".repeat(found.length));
  const number = [...masked.matchAll(NUMBER)].at(-1), formula = formulas.at(-1);
  if (number !== undefined && (formula === undefined || number.index > formula.index)) {
    return number[0].trim();
  }
  if (formula === undefined) return undefined;
  const inside = (match: RegExpMatchArray) => match.slice(1).find((part) => part !== undefined)!;
  let result = inside(formula), from = formula.index;
  for (const match of formulas.slice(0, -1).toReversed()) {
    const between = text.slice(match.index + match[0].length, from);
    if (!/^\s*(?:,|and|or|, and|, or|;)\s*$/.test(between)) break;
    result = `${inside(match)} , ${result}`;
    from = match.index;
  }
  const after = /^\s*(\\?%|percent\b|pct\b)/i.exec(text.slice(formula.index + formula[0].length));
  return after === null ? result : `${result}\\%`;
}

const NUMBER =
  /(?<![\p{L}\d.,_])[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:[.,]\d+)?(?:(?::\d{2})+|\s?π|√\d+|\s*\/\s*\d+(?![\d/])|\s+\d+\s*\/\s*\d+|[eE][-+]?\d+)?(?:\s*(?:\\?%|percent\b|pct\b))?(?=(?:mm|cm|km|kg|mg|ml|m|g|s|h|ft|in|lb)(?!\p{L})|(?![\p{L}\d_]|[.,]\d))/gu;
