/** The program in a completion. @module */

/** What was found. */
export interface Found {
  readonly code: string;
  /** Whether it stands in a block of its own. */
  readonly fenced: boolean;
}

/** More than this is not looked through. */
const LONGEST = 200_000;
const FENCE = /^([ \t]*)(`{3,}|~{3,})([^\n`]*)$/gm;

/**
 * The program of a completion: the last block of code; undefined where there is none.
 *
 * @param lenient whether a completion without blocks is a program
 */
export function extract(completion: string, lenient: boolean): Found | undefined {
  const text = answerPart(completion.slice(-LONGEST).replaceAll("\r\n", "\n"));
  if (text === undefined) return undefined;
  const code = lastBlock(text);
  if (code !== undefined) return code.trim() === "" ? undefined : { code, fenced: true };
  if (!lenient || text.trim() === "" || text.search(FENCE) >= 0) return undefined;
  // Spaces at its beginning may be those of a function's body.
  return { code: text.replace(/^\s*\n/, "").trimEnd() + "\n", fenced: false };
}

/** What comes after the thoughts; undefined where these do not end. */
function answerPart(completion: string): string | undefined {
  const end = completion.lastIndexOf("</think>");
  const rest = end < 0 ? completion : completion.slice(end + "</think>".length);
  if (rest.includes("<think>")) return undefined;
  const stop = rest.search(/<\|(?:im_start|start_header_id)\|>/);
  return (stop < 0 ? rest : rest.slice(0, stop)).replaceAll(/<\|[\w-]+\|>/g, "");
}

/** Blocks that are said to be something else than a program. */
const OTHER =
  /^\s*(?:text|txt|plaintext|output|console|shell|sh|bash|json|yaml|diff|markdown|md)\b/i;

interface Block {
  readonly indent: number;
  readonly fence: string;
  readonly info: string;
  readonly from: number;
}

/** The last block that is said to be in some language, else the last: what a program prints is often shown after it. */
function lastBlock(text: string): string | undefined {
  let open: Block | undefined, last: string | undefined, isNamed = false;
  const take = ({ indent, info, from }: Block, to: number) => {
    const named = info.trim() !== "";
    if (OTHER.test(info) || (isNamed && !named)) return;
    isNamed = named;
    last = withoutIndent(text.slice(from, to), indent);
  };
  for (const match of text.matchAll(FENCE)) {
    const [whole, indent = "", fence = "", info = ""] = match;
    if (open === undefined) {
      open = { indent: indent.length, fence, info, from: match.index + whole.length + 1 };
    } else if (info.trim() === "" && fence.startsWith(open.fence)) {
      take(open, match.index);
      open = undefined;
    }
  }
  // One that does not end was cut off, or its end was left out.
  if (open !== undefined) take(open, text.length);
  return last;
}

/** Lines of a block that stands in a list, without the blanks that its fence has, where all have them. */
function withoutIndent(code: string, indent: number): string {
  const lines = code.split("\n");
  const isIn = (line: string) => line.slice(0, indent).trim() === "";
  return lines.every(isIn) ? lines.map((line) => line.slice(indent)).join("\n") : code;
}
