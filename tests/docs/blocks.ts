/** Code blocks of pages. @module */

/** A fenced block. */
export interface Block {
  /** What stands behind the fence, such as `yaml`. */
  readonly language: string;
  /** What stands behind that: the file that it is, such as `pipeline.yaml`; empty where there is none. */
  readonly file: string;
  readonly text: string;
  /** Of the fence, counted from 1. */
  readonly line: number;
}

/** The fenced blocks of a page, by its path in the repository. */
export function blocksOf(page: string): Block[] {
  const lines = Deno.readTextFileSync(new URL(`../../${page}`, import.meta.url)).split("\n");
  const blocks: Block[] = [];
  let open: Omit<Block, "text"> | undefined;
  for (const [i, line] of lines.entries()) {
    const fence = /^```(\w*) ?(\S*)/.exec(line);
    if (fence === null) continue;
    if (open === undefined) open = { language: fence[1]!, file: fence[2]!, line: i + 1 };
    else {
      blocks.push({ ...open, text: lines.slice(open.line, i).join("\n") + "\n" });
      open = undefined;
    }
  }
  return blocks;
}
