/** Text that is HTML, and text that is made so: nothing that a model wrote gets into a page as markup. @module */

/** Markup. Only {@linkcode html} and {@linkcode markup} make it. */
export class Html {
  /** As a browser reads it. */
  readonly text: string;

  /** @internal */
  constructor(text: string) {
    this.text = text;
  }
}

/** What stands between the parts of a template. */
export type Content = Html | string | number | undefined | readonly Content[];

/** A template of HTML: whatever stands in it that is not itself made so is escaped. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(
    parts.map((part, i) => part + (i < values.length ? shown(values[i]) : "")).join(""),
  );
}

/** Takes a text as markup: the program's own, or a library's. */
export function markup(text: string): Html {
  return new Html(text);
}

function shown(value: Content): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "object") return value.map(shown).join("");
  return escapeHtml(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * A text as it stands in HTML, in attributes too; what XML has no room for is shown as U+FFFD, and what would turn the
 * direction of the text behind it is written out.
 */
export function escapeHtml(text: string): string {
  return withoutTurns(text).replaceAll(/[&<>"']/g, (char) => ENTITIES[char]!)
    // deno-lint-ignore no-control-regex -- these are what is looked for
    .replaceAll(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, "\ufffd")
    .toWellFormed();
}

/** A text with what would turn the direction of the text behind it written out. */
export function withoutTurns(text: string): string {
  return text.replaceAll(
    /[\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16)}`,
  );
}
