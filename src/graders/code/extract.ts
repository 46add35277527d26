/** The program in a completion. @module */

/** What was found. */
export interface Found {
  readonly code: string;
  /** Whether it stands in a block of its own. */
  readonly fenced: boolean;
}

/** More than this is not looked through. */
const LONGEST = 200_000;
const FENCE = /^[ \t]*(`{3,}|~{3,})[ \t]*([^\n`]*)$/gm;

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
const OTHER = /^(?:text|txt|plaintext|output|console|shell|sh|bash|json|yaml|diff|markdown|md)\b/i;

function lastBlock(text: string): string | undefined {
  let open:
    | { readonly fence: string; readonly from: number; readonly isOther: boolean }
    | undefined;
  let last: string | undefined;
  for (const match of text.matchAll(FENCE)) {
    const [whole, fence = "", info = ""] = match, end = match.index + whole.length + 1;
    if (open === undefined) open = { fence, from: end, isOther: OTHER.test(info) };
    else if (info.trim() === "" && fence.startsWith(open.fence)) {
      if (!open.isOther) last = text.slice(open.from, match.index);
      open = undefined;
    }
  }
  // One that does not end was cut off, or its end was left out.
  if (open !== undefined && !open.isOther) last = text.slice(open.from);
  return last;
}
