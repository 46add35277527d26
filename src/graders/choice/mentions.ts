/** Single letters in a text that may be the label of a choice, with what stands around them. @module */

/** A letter that stands alone. */
export interface Mention {
  /** The label, as the set writes it. */
  readonly label: string;
  readonly index: number;
  readonly end: number;
  /** Whether it stands in brackets, quotes, bold or a box. */
  readonly isWrapped: boolean;
  readonly isBoxed: boolean;
  /** What stands before, without what it is wrapped in; at most so much as tells something. */
  readonly before: string;
  /** What stands behind, without what it is wrapped in. */
  readonly behind: string;
  /** Whether it may be a word: "a", "I", or a letter in lower case. */
  readonly isWordlike: boolean;
}

/** Characters before and behind that are looked at. */
const VIEW = 80;
const OPENING = /(?:\\(?:boxed|text|textbf|mathrm|mathbf)\s?\{\s?|[([{*_"'“‘`$<])+$/;
const CLOSING = /^[)\]}*_"'”’`$>]+/;

/** What makes a letter beside it a part of a word; in Chinese it is none. */
const WORD = "\\p{Script=Latin}\\p{Script=Greek}\\p{Script=Cyrillic}\\p{N}";

/** The label that a letter means, in either case. */
export function knownLetters(labels: readonly string[]): ReadonlyMap<string, string> {
  const forms = labels.flatMap((label) =>
    [label.toLowerCase(), label.toUpperCase(), label].map((form) => [form, label] as const)
  );
  return new Map(forms.filter(([form]) => [...form].length === 1));
}

/** The letters of a text that stand alone and are among the labels. */
export function mentionsIn(text: string, labels: readonly string[]): Mention[] {
  const known = knownLetters(labels);
  const letters = [...known.keys()].map((key) => RegExp.escape(key)).join("");
  const alone = new RegExp(
    `(?<![${WORD}]['’]?|[.,\\-/]\\b|\\\\|°[ ]?)[${letters}](?![${WORD}\\p{M}]|['’.,\\-/^=]\\p{L}|[.,]\\d|\\+\\+|#|[+\\-−](?=[\\s.,;]|$))`,
    "gu",
  );
  return [...text.matchAll(alone)].map(({ 0: letter, index }) => {
    const end = index + 1, around = text.slice(Math.max(0, index - VIEW), index);
    const opening = OPENING.exec(around)?.[0] ?? "", view = text.slice(end, end + VIEW);
    const closing = CLOSING.exec(view)?.[0] ?? "";
    return {
      label: known.get(letter)!,
      index,
      end,
      isWrapped: opening !== "" && (closing !== "" || opening.includes("\\")),
      isBoxed: opening.includes("\\boxed"),
      before: around.slice(0, around.length - opening.length),
      behind: view.slice(closing.length),
      isWordlike: /[AI]|\p{Ll}/u.test(letter),
    };
  });
}

/** What may follow a letter that is no word: the end of a sentence, or a reason. */
const ENDED =
  /^[ \t*_]*(?:$|[.,;:!?)\]}\n]|[\-–—(=]|\d|\\| [A-Z](?![\p{L}\p{N}\-])|(?:because|since|as|which|with|for|and|or|is|not|due)\b)/u;

/** Whether a letter means a choice and is no word of the sentence, as in "the answer is a prime". */
export function isLabel({ isWrapped, isWordlike, behind }: Mention): boolean {
  return isWrapped || !isWordlike || ENDED.test(behind);
}
