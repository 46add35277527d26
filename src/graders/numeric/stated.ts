/** Which number a completion gives as its answer. @module */
import { behindThoughts, lastBoxes, textAfter } from "../marked.ts";
import { areEqual } from "./fraction.ts";
import { type Notation, numbersIn, plainly, type Written } from "./numbers.ts";

/** A number, or why none is taken. */
export type Stated = Written | { readonly reason: string } | undefined;

const SEVERAL = { reason: "it gives several numbers" };
const EXPRESSION = { reason: "the number is a part of an expression" };

/** Characters around a number that are looked at. */
const VIEW = 40;
const SIGNS = "[+×·÷±]|\\^(?!\\s?\\{?\\s?\\\\circ)|\\\\(?:times|cdot|div|pm|mp)(?![a-zA-Z])";
const RELATIONS = "[≤≥≠]|!=|\\\\(?:[lg]e(?:q|qslant)?|[lg]t|neq?)(?![a-zA-Z])";
/** A letter for a number, and no word. */
const VARIABLE = "(?![aAI])\\p{L}(?![\\p{L}'’])";
/** What makes a number behind it an operand, or a bound. */
const OPERATED = new RegExp(
  `(?:[\\p{L}\\p{N})\\]}%][ \\t]*(?:${SIGNS})|[\\p{N})\\]}%][ \\t]*[*/−-]|` +
    `(?<!\\p{L})${VARIABLE}[ \\t]*[*/−-]|(?<!\\p{L})(?:plus|minus|times|mod|modulo|\\\\p?mod|(?:divided|multiplied) by)|` +
    // What a function is taken of.
    "\\\\(?:log|ln|lg|exp|(?:arc)?(?:sin|cos|tan|sec|csc|cot)|lfloor|lceil)(?![a-zA-Z])\\S{0,9}?[ \\t{]*|" +
    "(?<![\\p{L}\\\\])(?:sqrt|log|ln|sin|cos|tan|exp)|[A-Za-zα-ω\\d]\\(|" +
    // An arrow, the end of a tag, and the mark of a quote say nothing of size.
    `${RELATIONS}|<=?|(?<![-=–—])(?<!<[^<>\\n]{0,30})(?<=[^\\s>][ \\t]*)>=?)[ \\t$({]*$`,
  "u",
);
const OPERATING = new RegExp(
  `^(?:[ \\t$)]*(?:${SIGNS})[ \\t$(]*[\\p{L}\\p{N}\\\\(]|[ \\t$)]*(?:${RELATIONS})|` +
    `[ \\t]+[*/−-][ \\t]+(?:[\\p{N}\\\\]|${VARIABLE})|[*/−-](?:[\\p{N}\\\\]|${VARIABLE})|` +
    "[ \\t]*<=?[ \\t]+[\\p{L}\\p{N}\\\\(]|[ \\t]*[<>]=?\\p{N}|[ \\t]+>=?[ \\t]+[\\p{L}\\p{N}\\\\(])",
  "u",
);
/** What says of a number that it is not meant. */
const DENIED =
  /(?:(?<!\p{L})(?:not|never|cannot|than|instead of)|n['’]t)[ \t]+(?:(?:equal to|be|exactly|simply|just)[ \t]+)?[*$"]*$/iu;
const DENYING =
  /^[*_$"”]*[ \t]+(?:is|was)(?:n['’]t|[ \t]+(?:not|wrong|incorrect|false))(?!\p{L})/iu;
/** What stands between two numbers of which none is taken alone. */
const JOINED =
  /^[\s*$]*(?:[,;–—…]|\.\.+|(?:,\s*)?(?:(?:\p{L}+[\s*$]+)?(?:or|to)|and|through))[\s*$]*(?:\p{L}\s?=\s?)?[*$]*$/u;

/** The number that a completion gives as its answer. */
export function statedNumber(completion: string, after: string, notation: Notation): Stated {
  const text = plainly(behindThoughts(completion));
  if (after !== "") {
    const line = textAfter(text, plainly(after))?.trimStart().split("\n", 1)[0] ?? "";
    const equals = Math.max(line.lastIndexOf("="), line.lastIndexOf("≈"));
    const numbers = meantIn(line, notation);
    return chosen(line, numbers, numbers.find(({ start }) => start > equals) ?? numbers[0]);
  }
  const boxes = lastBoxes(text);
  if (boxes.length === 0) {
    const numbers = meantIn(text, notation);
    return chosen(text, numbers, numbers.at(-1));
  }
  const [first, ...others] = boxes.map((box) => boxedNumber(box, notation));
  if (first === undefined || "reason" in first) return first;
  const areSame = others.every((other) =>
    other !== undefined && "value" in other && areEqual(other.value, first.value)
  );
  return areSame ? first : SEVERAL;
}

function boxedNumber(box: string, notation: Notation): Stated {
  const text = box.slice(box.lastIndexOf("=") + 1), numbers = numbersIn(text, notation);
  if (numbers.length > 1) return SEVERAL;
  if (/\\(?:[dtc]?frac|sqrt)/.test(text.replace(numbers[0]?.text ?? "", ""))) return EXPRESSION;
  return chosen(text, numbers, numbers[0]);
}

/** The numbers of a text but those that it says not to mean. */
function meantIn(text: string, notation: Notation): Written[] {
  return numbersIn(text, notation).filter(({ start, end }) =>
    !DENIED.test(before(text, start)) && !DENYING.test(behind(text, end))
  );
}

/** A number of a text, unless it is one of several, or stands in an expression. */
function chosen(text: string, numbers: readonly Written[], number: Written | undefined): Stated {
  if (number === undefined) return undefined;
  const at = numbers.indexOf(number);
  const pairs = [[numbers[at - 1], number], [number, numbers[at + 1]]] as const;
  const isOneOf = pairs.some(([left, right]) =>
    left !== undefined && right !== undefined && right.start - left.end <= VIEW &&
    JOINED.test(text.slice(left.end, right.start)) && !areEqual(left.value, right.value)
  );
  if (isOneOf) return SEVERAL;
  const isPart = OPERATED.test(before(text, number.start)) ||
    OPERATING.test(behind(text, number.end));
  return isPart ? EXPRESSION : number;
}

function before(text: string, place: number): string {
  return text.slice(Math.max(0, place - VIEW), place);
}

function behind(text: string, place: number): string {
  return text.slice(place, place + VIEW);
}
