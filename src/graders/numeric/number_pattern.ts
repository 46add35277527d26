/**
 * The regular expression by which a text is read as words, numbers, and what has digits and is no number: dates, ranges,
 * versions, lists such as 1,2,3. Its alternatives are told apart by few characters, so that no text takes it long.
 *
 * @module
 */

const MONTH = "(?:Jan(?:uary|\\.)?|Feb(?:ruary|\\.)?|Mar(?:ch|\\.)?|Apr(?:il|\\.)?|May|June?\\.?|" +
  "July?\\.?|Aug(?:ust|\\.)?|Sept?(?:ember|\\.)?|Oct(?:ober|\\.)?|Nov(?:ember|\\.)?|Dec(?:ember|\\.)?)";
const DAY = "\\d{1,2}(?:st|nd|rd|th)?(?![\\p{L}\\p{N}])";
/** What is counted by numbers of its own. */
const COUNTED = "(?:[Ss]tep|[Cc]ase|[Ee]quation|[Ee]q\\.|[Ff]igure|[Ff]ig\\.|[Ss]ection|[Ll]emma|" +
  "[Tt]heorem|[Oo]ption|[Pp]art)";
/** Units that stand at a number without a space. */
const UNIT =
  "(?:[kmcµ]?m|[kmµ]?g|[cm]?[lL]|(?<!\\d{4})[mµn]?s|min|hrs?|h|km\\/h|mph|[kM]?W|kWh|[kM]?Hz|" +
  "[kM]?V|ft|in|lbs?|oz|mi|yd|px|[KMG]B|USD|EUR|GBP)[²³]?(?![\\p{L}\\p{N}_])";
const SIGN = "[-−–+]";
const CURRENCY = "\\\\?[$€£¥₹]";

/** 10 to a power, by a name for what holds the power. */
const power = (name: string) =>
  `10\\s?(?:\\^\\s?(?:\\{\\s?(?<${name}>[-−+]?\\d+)\\s?\\}|(?<${name}_bare>[-−+]?\\d+))|` +
  `(?<${name}_raised>[⁺⁻]?[⁰¹²³⁴-⁹]+))`;

/** Without a sign; `decimal` is what stands before the decimals. */
function plainNumber(decimal: "." | ","): string {
  const point = decimal === "." ? "\\." : ",", comma = decimal === "." ? "," : "\\.";
  // A space parts thousands where a comma does not: with points it parts numbers.
  const space = decimal === "." ? "" : " ";
  const thousands = decimal === "." ? "|\\d{1,3} 0\\d\\d(?: \\d{3})*(?![ \\d]\\d)" : ""; // but not before a 0
  const separator =
    `(?:\\{${comma}\\}|${comma}(?:\\\\!)?|\\\\,|[${space}\\u00a0\\u2009\\u202f_'’])`;
  const indian = decimal === "." ? "|\\d{1,2}(?:,\\d{2})+,\\d{3}(?!\\d)" : "";
  const whole = `(?:\\d{1,3}(?:${separator}\\d{3})+(?!\\d)${indian}${thousands}|\\d+)`;
  return `(?:${whole}(?:${point}\\d+)?|(?<!\\.)${point}\\d+)`;
}

/** A number, in groups that tell its parts. */
function number(plain: string): string {
  const ratio = "(?:[ \\t]?\\/[ \\t]?|\\u2044)";
  const braced = (name: string) => `\\{\\s?(?<${name}>${plain})\\s?\\}`;
  return [
    // Not within a word, a number, an exponent or an index.
    "(?<![\\p{L}\\p{N}_\\\\])(?<!\\p{N}[.,:/'’])(?<!\\p{L}\\.)(?<![\\^_]\\{?[-−+]?)",
    // A minus between two terms is no sign, nor is a list's dash.
    `(?:(?<sign>(?<![\\p{L}\\p{N})\\]}%])(?<![\\p{N})\\]}%]\\s)${SIGN}|(?<=[=:≈]\\s?)[-−]\\s)`,
    `(?=[$€£¥₹\\\\.,\\d]))?(?:${CURRENCY}\\s?(?<inner>${SIGN}(?=[.,\\d]))?)?`,
    "(?:",
    [
      `(?:(?<mixed>\\d{1,9})\\s?)?\\\\[dt]?frac\\s?(?:${braced("top")}\\s?${braced("bottom")}|` +
      "(?<top_digit>\\d)(?<bottom_digit>\\d))",
      `(?<whole>\\d{1,9}) (?<small>\\d{1,9})${ratio}(?<large>\\d{1,9})`,
      `(?<over>${plain})${ratio}(?<under>${plain})`,
      `(?<plain>${plain})(?:[eE](?<e>[-−+]?\\d+)|\\s?(?:×|x|\\*|·|\\\\times|\\\\cdot)\\s?${
        power("ten")
      })?`,
      power("alone"),
    ].join("|"),
    ")",
    // What would make it a part of something else.
    `(?![\\d_]|[.,:/\\-−–—]\\d|${ratio}\\d|\\^|\\*\\*\\d|\\p{No}|['’]\\p{L}|`,
    "\\s?(?:\\\\(?:sqrt|pi|[dt]?frac)|[√π]))",
    `(?:(?!\\p{L})|(?=${UNIT}))`,
    "(?<percent>\\s?(?:\\\\?%|percent|per cent))?",
  ].join("");
}

/** The pattern for one way to write numbers. */
export function numberPattern(decimal: "." | ","): RegExp {
  const item = `${SIGN}?[\\d.,/]*\\d`;
  const alternatives = [
    "^[ \\t>*_#+-]*\\(?\\d{1,3}[.)][*_]*[ \\t]+(?=\\S)", // an item of a list
    `(?<![\\p{L}\\p{N}])(?:${MONTH}[ \\t]${DAY}|${DAY}[ \\t]${MONTH}(?![\\p{L}\\p{N}]))` +
    "(?:,?[ \\t]\\d{4}(?!\\d))?",
    `(?<![\\p{L}\\p{N}])${COUNTED}[ \\t]\\(?\\d+(?:\\.\\d+)*\\)?`,
    `[(\\[{]\\s?${item}(?:(?:\\s?;\\s?|,\\s)${item})+\\s?[)\\]}]`, // a point, a set
    "\\\\sqrt\\s?(?:\\[[^\\]\\n]{0,9}\\])?\\s?(?:\\{[^{}\\n]{0,99}\\}|\\d+)|√\\s?\\(?\\d+",
    `(?<number>${number(plainNumber(decimal))})`,
    // Digits that are no number, and words.
    `\\d(?:[\\p{L}\\p{M}\\p{N}_]|(?:[.,:/'’\\-−–—^]|\\*\\*|\\^\\{)(?=\\p{N}))*`,
    "\\\\?[\\p{L}_][\\p{L}\\p{M}\\p{N}_]*",
  ];
  return new RegExp(alternatives.join("|"), "gmu");
}
