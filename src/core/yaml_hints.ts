/** What to write instead of what is no YAML. @module */
/** By the code of the library `yaml`; those that it does not give for a pipeline are left out. */
const HINTS: Readonly<Record<string, string>> = {
  ALIAS_PROPS: "delete the anchor or the tag before *: an alias stands for the whole value",
  BAD_ALIAS: "write the name of an anchor, *name, that stands above as &name",
  BAD_DIRECTIVE: "delete the line that begins with %",
  BAD_DQ_ESCAPE: "write \\\\ for a backslash, or use single quotes instead of double ones",
  BAD_INDENT:
    "indent all keys of a map alike, by spaces, and what is in brackets more than its key",
  BAD_PROP_ORDER: "write an anchor before its value",
  BAD_SCALAR_START: "put the value in quotes",
  BLOCK_AS_IMPLICIT_KEY:
    "put a value with a colon in quotes; indent what belongs to a key below it",
  BLOCK_IN_FLOW: "inside of brackets write { key: value } and [a, b]",
  KEY_OVER_1024_CHARS: "write a shorter key",
  MISSING_CHAR:
    "write `key: value`; close quotes and brackets, and put text with {, [ or : in quotes",
  MULTILINE_IMPLICIT_KEY: "write `key: value` on one line, each key of a map below the other",
  MULTIPLE_ANCHORS: "name a value by one anchor",
  MULTIPLE_TAGS: "delete the tags",
  TAB_AS_INDENT: "indent by spaces",
  UNEXPECTED_TOKEN:
    "put text with quotes, brackets or colons in quotes; start a list on a line of its own",
};

/** @returns nothing for a mistake that the parser's message says all of */
export function hintOf(code: string): string | undefined {
  return HINTS[code];
}
