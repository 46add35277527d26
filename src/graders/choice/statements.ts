/** Which choice a text takes: the last one that it states. @module */
import { isLabel, knownLetters, type Mention, mentionsIn } from "./mentions.ts";

/** What a text says: a label; null where it names two, which takes none; undefined where it names none. */
export type Stated = string | null | undefined;

const NAMED = "(?:answer|choice|option|alternative|letter|solution)(?: (?:choice|option|letter))?";
const VERB = "(?:is|was|are|would be|should be|must be|will be|has to be|[:：=→⇒]|-+>|=+>)";
const CHOOSING = "(?:choose|chose|select|selected|pick|picked|go with|going with|vote for)";
const FILLERS =
  "(?:(?:most likely|likely|therefore|thus|clearly|definitely|probably|simply|either)[ ,]+)?" +
  "(?:the )?(?:(?:correct|right|best) )?(?:(?:option|choice|letter|answer)[ :]*)?";
/** What a text says before the choice that it takes. */
export const LEAD = "(?:(?<![\\p{L}\\p{N}])(?:" +
  `${NAMED}[ *_]*${VERB}|(?:i|we|would|will) ${CHOOSING})|['’](?:d|ll) ${CHOOSING}` +
  `|答案(?:是|为|為)?[:：]?)[ *_:：\\n]{0,6}${FILLERS}`;
const LEADING = new RegExp(`(?:${LEAD}|(?<![\\p{L}\\p{N}])answer ?)$`, "iu");
/** What a text says before a choice that it ends with. */
const CONCLUDING = new RegExp(
  "(?<![\\p{L}\\p{N}])(?:so|thus|hence|therefore|we get|(?:it|this|that) (?:must|has to) be|" +
    `leav(?:es|ing)(?: us with| only)?)[ ,:*_]{1,6}${FILLERS}$`,
  "iu",
);
const CONCLUDED = /^[)\]}*_.!"'”’]*[ \t]*(?:$|\n|(?<=[.!][)\]}*_"'”’]*[ \t]*))/;
const PRAISED =
  /^[ *]{1,3}(?:is|would be|must be)[ *]{1,3}(?:therefore |thus |clearly |indeed |definitely |probably )?(?:the )?(?:only )?(?:correct|right|best|answer)(?![\p{L}\p{N}])/iu;
const JOINED =
  /^(?:[ ]?(?:,|\/|;|&|\+)[ ]?(?:(?:and|or) )?|[ ](?:and|or|and\/or|vs\.?)[ ]|[ ])(?:option |choice )?$/i;
/** What takes back what was said, or doubts it. */
const CORRECTED =
  /^[\s,.;:!?—–-]*(?:(?:oh|or|no|but|hmm|oops)[\s,.;:!?—–-]+)*(?:no|wait|actually|sorry|scratch that|i mean|correction|make that|maybe|perhaps|possibly|even)(?:[\s,.;:!?—–-]+(?:no|wait|actually|sorry|i mean|it is|it['’]s|make that|not))*[\s,.;:!?—–-]+$/i;
/** What says behind a label that it is not meant. */
const REFUSED = new RegExp(
  "^[)\\]}*.]{0,3}[ *]{1,3}(?:(?:is|are|was|were|would be|must be|can|can be)[ *]{1,3})?" +
    "(?:(?:also|clearly|definitely|certainly|probably|therefore|thus)[ ])?" +
    "(?:not(?! only)|wrong|incorrect|false|cannot|\\p{L}+n['’]t|eliminated|ruled out|excluded)(?![\\p{L}])",
  "iu",
);
/** Negations; what they deny is no choice. */
export const DENIAL =
  /(?<![\p{L}\p{N}])(?:not|\p{L}+n['’]t|cannot|never|neither|nor|incorrect|wrong|false|except|other than|(?:anything|everything|all|nothing) but|eliminated?|rules? out|ruled out)(?![\p{L}\p{N}])/iu;
/** What stands between a statement and one that replaces it. */
const RESTARTED =
  /(?<!\p{L})(?:no|wait|actually|sorry|scratch that|correction)(?!\p{L})[^\p{L}]*(?:[\p{L}'’ ]{0,20}[^\p{L}]{0,9})$/iu;
/** Words of a line that says little else than its choice. */
const FEW_WORDS = 5;

/** The choice that a text states last. */
export function statedChoice(text: string, labels: readonly string[]): Stated {
  return statedIn(withoutDenied(text, labels), labels);
}

/** A text without the choices that it says not to take: "not B but" of "not B but C". */
function withoutDenied(text: string, labels: readonly string[]): string {
  const letters = [...knownLetters(labels).keys()].map((key) => RegExp.escape(key)).join("");
  const denied = new RegExp(
    "(?<![\\p{L}\\p{N}])(?:not|rather than|instead of)[ ](?:option |choice )?" +
      `[(*_"'“]{0,4}[${letters}][)*_"'”]{0,4}` +
      "(?=[ ]?[.,;:!?)]|[ ]?[\\n]|[ ]?$|[ ]but(?!\\p{L}))(?:[ ,;]{0,3}but(?:[ ](?:rather|instead))?(?!\\p{L}))?",
    "giu",
  );
  return text.replace(denied, "");
}

function statedIn(text: string, labels: readonly string[]): Stated {
  const mentions = mentionsIn(text, labels), lines = new Lines(text);
  const statements = mentions.flatMap((mention, i) => {
    const isStated = mention.isBoxed ||
      isLabel(mention) && !REFUSED.test(mention.behind) &&
        (LEADING.test(mention.before) || PRAISED.test(mention.behind) ||
          CONCLUDING.test(mention.before) && CONCLUDED.test(mention.behind)) ||
      lines.isLabelAlone(mention);
    if (!isStated) return [];
    return [{ ...mention, label: joined(text, mention, mentions[i + 1]) ? null : mention.label }];
  });
  const last = lines.labelled(mentions), stated = statements.at(-1);
  if (last !== undefined && last.index >= (stated?.index ?? -1)) return last.label;
  if (stated !== undefined) {
    const start = lines.sentenceAt(stated.index);
    const others = statements.filter(({ index, end }) =>
      index >= start && !RESTARTED.test(text.slice(Math.max(end, stated.index - 40), stated.index))
    );
    return others.every(({ label }) => label === stated.label) ? stated.label : null;
  }
  return mentionedLast(mentions, lines);
}

/** Whether another label follows as an equal: "B or C", "B, C", "B C". */
function joined(text: string, mention: Mention, next: Mention | undefined): boolean {
  if (next === undefined || next.label === mention.label || !isLabel(next)) return false;
  const between = text.slice(mention.end, next.index).replaceAll(
    /[()[\]{}*_"'“”‘’`$]|\\(?:text|boxed)/g,
    "",
  );
  return JOINED.test(between) || between.length < 40 && CORRECTED.test(between);
}

/** The one label in a last line that says little else. */
function mentionedLast(mentions: readonly Mention[], { last }: Lines): Stated {
  if (last === undefined || DENIAL.test(last.text)) return undefined;
  const isBrief = last.text.split(/\s+/).length <= FEW_WORDS;
  const labels = new Set(
    mentions.filter((mention) =>
      mention.index >= last.start &&
      (mention.isWrapped || isBrief && isLabel(mention) && !/^\s*=/.test(mention.behind))
    ).map(({ label }) => label),
  );
  return labels.size > 1 ? null : [...labels][0];
}

interface Line {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The lines of a text that have something in them. */
class Lines {
  readonly last: Line | undefined;
  readonly #text: string;
  readonly #before: Line | undefined;

  constructor(text: string) {
    this.#text = text;
    const lines = [...text.matchAll(/[^\n]+/g)].map(({ 0: line, index }) => ({
      start: index,
      end: index + line.length,
      text: line.trim(),
    })).filter((line) => line.text !== "");
    this.last = lines.at(-1);
    this.#before = lines.at(-2);
  }

  /** Whether a label has its line for itself. */
  isLabelAlone({ before, behind }: Mention): boolean {
    return /(?:^|\n)[ \t>#-]*$/.test(before) && /^[ \t]*[.:)]?[*_]*[ \t]*(?:\n|$)/.test(behind);
  }

  /** What the last line says that begins with a label, and is not one of several: null where it is. */
  labelled(
    mentions: readonly Mention[],
  ): { readonly label: string | null; readonly index: number } | undefined {
    const last = mentions.find((mention) => this.#begins(mention, this.last));
    if (last === undefined) return undefined;
    const before = mentions.find((mention) => this.#begins(mention, this.#before));
    const isOneOfMany = before !== undefined && before.label !== last.label;
    return { label: isOneOfMany ? null : last.label, index: last.index };
  }

  #begins({ index, before, behind, isWrapped }: Mention, line: Line | undefined): boolean {
    if (line === undefined || index < line.start || index >= line.end) return false;
    if (!/(?:^|\n)[ \t>#-]*$/.test(before)) return false;
    return /^[ \t]*(?:[.:)][*_]*(?:\s|$)|\n|$)/.test(behind) ||
      isWrapped && /^[ \t:.]+\S/.test(behind) && !DENIAL.test(behind) &&
        !/^\s*(?:is|and|or)\b/.test(behind);
  }

  /** Where the sentence begins that goes over a place. */
  sentenceAt(place: number): number {
    const before = this.#text.slice(0, place), ends = before.matchAll(/[.!?](?:\s|[*_)])|\n/g);
    return [...ends].at(-1)?.index ?? 0;
  }
}
