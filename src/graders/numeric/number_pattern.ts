/**
 * The regular expression by which a text is read as words, numbers, and what has digits and is no number: dates, ranges,
 * versions, lists such as 1,2,3. Its alternatives are told apart by few characters, so that no text takes it long.
 *
 * @module
 */
import { UNPARTED } from "../scripts.ts";

/** A letter that goes on in a word. Of scripts that part no words, or add endings to numbers, none does. */
const LETTER = `(?:(?![${UNPARTED}\\p{Script=Hangul}])\\p{L})`;

const MONTH = "(?:Jan(?:uary|\\.)?|Feb(?:ruary|\\.)?|Mar(?:ch|\\.)?|Apr(?:il|\\.)?|May|June?\\.?|" +
  "July?\\.?|Aug(?:ust|\\.)?|Sept?(?:ember|\\.)?|Oct(?:ober|\\.)?|Nov(?:ember|\\.)?|Dec(?:ember|\\.)?)";
const DAY = "\\d{1,2}(?:st|nd|rd|th)?(?![\\p{L}\\p{N}])";
const CHINESE_DATE = "\\d{4}年(?:\\d{1,2}月)?(?:\\d{1,2}[日号])?|\\d{1,2}月\\d{1,2}[日号]";
/** What is counted by numbers of its own. */
const COUNTED = "(?:[Ss]tep|[Cc]ase|[Ee]quation|[Ee]q\\.|[Ff]igure|[Ff]ig\\.|[Ss]ection|[Ll]emma|" +
  "[Tt]heorem|[Oo]ption|[Pp]art|[Pp]age|[Cc]hapter|[Qq]uestion|[Pp]roblem|[Ee]xercise|[Tt]able|" +
  "[Vv]ersion|[Nn]ote)";
/** Units that stand at a number without a space. */
const UNIT =
  "(?:[kmcµ]?m|[kmµ]?g|[cm]?[lL]|(?<!\\d{4})[mµn]?s|min|hrs?|h|km\\/h|mph|[kM]?W|kWh|[kM]?Hz|" +
  "[kM]?V|ft|in|lbs?|oz|mi|yd|px|[KMG]B|USD|EUR|GBP)[²³]?(?![\\p{L}\\p{N}_])";
/** Names of what a number counts, by how many they are. */
export const SCALES: Readonly<Record<string, number>> = {
  hundred: 2,
  thousand: 3,
  million: 6,
  billion: 9,
  trillion: 12,
  mn: 6,
  mln: 6,
  bn: 9,
};
/** What a number is divided by that stands before them. */
const SHARES =
  "(?:hal(?:f|ves)|thirds?|(?:fif|six|seven|eigh|nin|ten|hundred|thousand|million|billion|trillion)ths?)";
/** Chinese, Japanese and Korean ones, which no number here has. */
const OTHER_SCALES = "十百千万萬亿億兆백천만억조";
const SIGN = "[-−–+]";
const CURRENCY = "\\\\?[$€£¥₹]";
/** What is in braces, with braces within these. */
const GROUP = "\\{(?:[^{}]|\\{(?:[^{}]|\\{[^{}]{0,99}\\}){0,99}\\}){0,99}\\}";

/** 10 to a power, by a name for what holds the power. */
const power = (name: string) =>
  `10\\s?(?:\\^\\s?(?:\\{\\s?(?<${name}>[-−+]?\\d+)\\s?\\}|(?<${name}_bare>[-−+]?\\d+))|` +
  `(?<${name}_raised>[⁺⁻]?[⁰¹²³⁴-⁹]+))`;

/** Without a sign; `decimal` is what stands before the decimals. */
function plainNumber(decimal: "." | ","): string {
  const point = decimal === "." ? "\\." : ",", comma = decimal === "." ? "," : "\\.";
  const separator = `(?:\\{${comma}\\}|${comma}(?:\\\\!)?|\\\\,|[\\u00a0\\u2009\\u202f_'’])`;
  // A space parts thousands where it does so throughout.
  const spaced = "(?<!\\d )[1-9]\\d{0,2}(?: \\d{3})+(?! ?\\d)";
  const indian = decimal === "." ? "|\\d{1,2}(?:,\\d{2})+,\\d{3}(?!\\d)" : "";
  const whole = `(?:\\d{1,3}(?:${separator}\\d{3})+(?!\\d)${indian}|${spaced}|\\d+)`;
  return `(?:${whole}(?:${point}\\d+)?|(?<!\\.)${point}\\d+)`;
}

/** A number, in groups that tell its parts. */
function number(plain: string): string {
  const ratio = "(?:[ \\t]?\\/[ \\t]?|\\u2044)";
  const braced = (name: string) => `\\{\\s?(?<${name}>[-−+]?${plain})\\s?\\}`;
  return [
    // Not within a word, a number, an exponent, an index or a fraction, nor one of two by its sign.
    `(?<!${LETTER}|[\\p{N}_\\\\第])(?<!\\p{N}[.,:/'’٫٬])(?<!\\p{L}\\.)(?<![\\^_]\\{?[-−+]?)`,
    "(?<!\\}\\s?\\{\\s?)(?<!frac\\s?\\{\\s?)(?<!(?:[±∓]|\\\\[pm][pm])\\s?)",
    // A minus between two terms is no sign, nor is a list's dash.
    "(?<![\\p{L}\\p{N})\\]}%][-−])",
    `(?:(?<sign>(?<![\\p{L}\\p{N})\\]}%])(?<![\\p{N})\\]}%][ \\t])${SIGN}|`,
    "(?<=[=:≈][ \\t]?)[-−]\\s|(?:negative|(?<![\\p{N})\\]}%][ \\t])minus)[ \\t])",
    `(?=[$€£¥₹\\\\.,\\d]))?(?:${CURRENCY}\\s?(?<inner>${SIGN}(?=[.,\\d]))?)?`,
    "(?:",
    [
      `(?:(?<mixed>\\d{1,9})\\s?)?\\\\[dtc]?frac\\s?(?:${braced("top")}\\s?${braced("bottom")}|` +
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
    `(?![\\d_${OTHER_SCALES}]|[.,:/\\-−–—٫٬]\\d|${ratio}\\d|\\^(?!\\s?\\{?\\s?\\\\circ)|`,
    "\\*\\*\\d|\\p{No}|['’]\\p{L}|\\s?(?:\\\\(?:sqrt|pi|[dtc]?frac)|[√π]))",
    `(?![ \\t-]${SHARES}(?!\\p{L}))(?:(?!${LETTER})|(?=${UNIT}))`,
    `(?:[ \\t-](?<scale>${Object.keys(SCALES).join("|")})s?(?![\\p{L}\\p{N}_]))?`,
    "(?<percent>\\s?(?:\\\\?%|percent|per cent))?",
  ].join("");
}

/** The pattern for one way to write numbers. */
export function numberPattern(decimal: "." | ","): RegExp {
  const item = `${SIGN}?[\\d.,/]*\\d`;
  const alternatives = [
    "^[ \\t>*_#+-]*\\(?\\d{1,3}[.)][*_]*[ \\t]+(?=\\S)", // an item of a list
    "(?<![\\p{L}\\p{N}])[a-z]{2,9}:\\/\\/\\S+", // an address
    `(?<![\\p{L}\\p{N}])(?:${MONTH}[ \\t]${DAY}|${DAY}[ \\t]${MONTH}(?![\\p{L}\\p{N}]))` +
    "(?:,?[ \\t]\\d{4}(?!\\d))?",
    `(?<!\\p{N})(?:${CHINESE_DATE})`,
    `(?<![\\p{L}\\p{N}])${COUNTED}[ \\t]\\(?\\d+(?:\\.\\d+)*\\)?`,
    `[(\\[{]\\s?${item}(?:(?:\\s?;\\s?|,\\s)${item})+\\s?[)\\]}]`, // a point, a set
    `\\\\sqrt\\s?(?:\\[[^\\]\\n]{0,9}\\])?\\s?(?:${GROUP}|\\d+)|√\\s?\\(?\\d+`,
    // Digits that go on for ever, and what is of two numbers.
    `(?<!\\d)\\d{1,99}\\.\\d{0,99}\\\\(?:overline|bar|dot)\\s?(?:${GROUP}|\\d)|\\\\[dt]?binom\\s?${GROUP}\\s?${GROUP}`,
    `(?<number>${number(plainNumber(decimal))})`,
    `\\\\[dtc]?frac\\s?(?:${GROUP}|[^\\s{])\\s?(?:${GROUP}|[^\\s{])`,
    // Digits that are no number, and words.
    `\\d(?:${LETTER}|[\\p{M}\\p{N}_]|(?:[.,:/'’\\-−–—^٫٬]|\\*\\*|\\^\\{)(?=\\p{N}))*`,
    `\\\\?(?:${LETTER}|_)(?:${LETTER}|[\\p{M}\\p{N}_])*`,
  ];
  return new RegExp(alternatives.join("|"), "gmu");
}
