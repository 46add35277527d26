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

/** What says that the answer was told before. */
const TOLD =
  /[\s*]is\s+(?:thus\s+|therefore\s+)?(?:the|our)\s+(?:final\s+|correct\s+|right\s+)?answer\b/gi;

/** What announces the last word. */
const FINAL = /final\s+answer\s+is\s*:?\s*/gi;

/** After a cue, else what the last sentence with mathematics or a number ends in. */
function looseAnswer(text: string): string | undefined {
  const told = [...text.matchAll(TOLD)].at(-1);
  for (const cue of [...text.matchAll(CUES)].toReversed()) {
    // In "5 is our final answer" nothing follows.
    const isTold = told !== undefined && cue.index < told.index + told[0].length;
    if (isTold && cue.index > told.index && !/[:=]|is$/i.test(cue[0].trim())) continue;
    const rest = text.slice(cue.index + cue[0].length).replace(/<\/answer>[\s\S]*$/, "");
    const found = afterCue(rest);
    if (found !== undefined) return found;
  }
  const before = told && beforeCue(text.slice(Math.max(0, told.index - 200), told.index));
  if (before !== undefined) return before;
  const tail = text.slice(-20_000);
  const whole = tail.trim();
  return isBare(whole) ? resultOf(whole) : lastOf(tail);
}

const MATHS =
  /\$\$([\s\S]+?)\$\$|(?<!\\)\$([^$]+?)(?<!\\)\$|\\\(([\s\S]+?)\\\)|\\\[([\s\S]+?)\\\]/g;

/** How an answer begins that is nothing else: no word, but perhaps a name or a function. */
const BEGINNING =
  /^(?:[-+−±√|\d([{\\]|[a-zA-Z](?![a-zA-Z])|(?:sin|cos|tan|log|ln|sqrt|pi|exp)\b|[A-Z]{2,3}\s*=)/;
const BOUND =
  /^(?:not|never|less|greater|more|fewer|at\s+(?:least|most)|between|over|under|above|below|neither)\b/i;
/** What follows says why, says it again, or says what it is not. */
const REASON =
  /,?\s+\(?(?:which|because|since|as|where|when|if|so|then|thus|hence|i\.e\b|e\.g\b|that is|namely|(?:and\s+)?not|rather than|instead of)\b/;
/** What it is not, before what it is. */
const REJECTED = /^not\s+[^]*?\bbut\s+(?:rather\s+)?/i;

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

/** A choice, or the last formula or number, of what stands in a sentence so far. */
function beforeCue(before: string): string | undefined {
  const sentence = before.split(/\n|(?<=[^\d\s])[.!?]\s/).at(-1)!;
  return /(?:^|\s)(\(?[A-J]\)?)$/.exec(sentence)?.[1] ?? lastOf(sentence);
}

/** The first sentence's mathematics or number, or a short text by itself. */
function afterCue(rest: string): string | undefined {
  const plain = rest.replace(/^[\s*_:]*/, "").replace(
    /^(?:the (?:final )?answer )?(?:is|are)\b[\s*_:]*/i,
    "",
  );
  const maths = /^(?:\$\$[\s\S]+?\$\$|\\\[[\s\S]+?\\\])/.exec(plain)?.[0];
  const [line = ""] = maths === undefined ? plain.split("\n") : [maths];
  const [first = ""] = line.replaceAll(/\*\*|__|`/g, " ").split(
    /(?<=[^\d\s][.!?])(?<!\b(?:i\.e|e\.g|approx)\.)\s|(?<=\d\.)\s+(?=[A-Z(]|$)/,
  );
  const reached = first.replace(REJECTED, ""), [told = ""] = reached.split(REASON);
  const isTold = /[\d\\]/.test(told) || /^\(?[A-J]\)?$/.test(told.trim());
  const sentence = (isTold ? told : reached).slice(0, 2_000).trim()
    .replace(/[.!]+$/, "").replace(/^(?:that|about|approximately|roughly|around|exactly)\s+/, "");
  if (sentence === "") return undefined;
  // What it is not, or is more than, is no answer.
  if (BOUND.test(sentence)) return sentence;
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
    return togetherWith(number, masked) ?? number[0].trim();
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

/** What a number is the last part of: 3 hours and 20 minutes, x = 4 or x = -2. */
function togetherWith({ 0: number, index }: RegExpMatchArray, text: string): string | undefined {
  const before = PARTS_BEFORE.exec(text.slice(Math.max(0, index! - 200), index));
  if (before === null) return undefined;
  const [unit = ""] = /^\s+\p{L}{2,}(?=[\s.,;!?)*]|$)/u.exec(text.slice(index! + number.length)) ??
    [];
  // 3 and 4 eggs are eggs; 2 of 3 and 4 are numbers.
  return before[0].trimStart() + number + (/\d\s+\p{L}/u.test(before[0]) ? unit : "");
}

const NAME = String.raw`(?:(?<![\p{L}])\p{L}\s*=\s*)?`;
const PART = String
  .raw`${NAME}(?<![\p{L}\d.,_])[-+−]?\d+(?:[.,/]\d+)*(?:\s+(?!and\b|or\b)\p{L}{2,})?`;
const PARTS_BEFORE = new RegExp(
  String.raw`(?:${PART}\s*,\s*)*${PART}\s*,?\s*\b(?:and|or)\s+${NAME}$`,
  "u",
);

const NUMBER =
  /(?<![\p{L}\d.,_])[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:[.,]\d+)?(?:(?::\d{2})+|\s?π|√\d+|\s*\/\s*\d+(?![\d/])|\s+\d+\s*\/\s*\d+|[eE][-+]?\d+)?(?:\s*(?:\\?%|percent\b|pct\b))?(?=(?:mm|cm|km|kg|mg|ml|m|g|s|h|ft|in|lb)(?!\p{L})|(?![\p{L}\d_]|[.,]\d))/gu;
