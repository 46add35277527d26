/** Chat templates against transformers' Jinja2; tools/golden/chat_templates.py makes the data. @module */
import assert from "node:assert/strict";
import { ChatTemplate, type Message } from "../../src/text/chat.ts";
import models from "../golden/chat/models.json" with { type: "json" };
import expressions from "../golden/chat/expressions.json" with { type: "json" };

interface Outcome {
  readonly kind: "text" | "raised" | "refused";
  readonly text: string;
}

function outcome(source: string, conversation: readonly unknown[]): Outcome {
  let template: ChatTemplate;
  try {
    template = new ChatTemplate(source, models.tokens);
  } catch (error) {
    assert.ok(error instanceof SyntaxError, String((error as Error).stack));
    return { kind: "refused", text: error.message };
  }
  try {
    return { kind: "text", text: template.render(conversation as Message[]) };
  } catch (error) {
    return { kind: "raised", text: (error as Error).message };
  }
}

for (const [name, { template, texts }] of Object.entries(models.models)) {
  Deno.test(`the chat template of ${name} writes what transformers writes`, () => {
    for (const [i, expected] of texts.entries()) {
      const { kind, text } = outcome(template, models.conversations[i]!);
      assert.equal(kind === "text" ? text : kind, expected ?? "raised", text);
    }
  });
}
/** What Jinja2 has and is refused by name: the library does not read it, or no table has it. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  "{{ 1e3 is defined }}": /^Cannot read the chat template: Parser Error/,
  "{{ [1, 1] | unique | list }}": /^the chat template uses filter unique, which is not supported$/,
  "{{ 1 is divisibleby(1) }}": /^Cannot read the chat template: Parser Error/,
  "{{ 'abc' | wordcount }}": /^the chat template uses filter wordcount, which is not supported$/,
};

Deno.test("small templates write what Jinja2 writes, raise what it raises, or are refused by name", () => {
  assert.ok(expressions.cases.length >= 95);
  const refused = new Set<string>();
  for (const { template, texts } of expressions.cases) {
    for (const [i, expected] of texts.entries()) {
      const { kind, text } = outcome(template, expressions.conversations[i]!);
      if (kind === "refused" && template in REFUSED) {
        assert.match(text, REFUSED[template]!);
        refused.add(template);
      } else {assert.equal(
          kind === "text" ? text : kind,
          expected ?? "raised",
          `${template}: ${text}`,
        );}
    }
  }
  assert.deepEqual([...refused].toSorted(), Object.keys(REFUSED).toSorted());
});

Deno.test("filters, tests, methods and fields that are in no table are refused by name", () => {
  const refused = (source: string, what: string) =>
    assert.throws(() => new ChatTemplate(source), {
      name: "SyntaxError",
      message: `the chat template uses ${what}, which is not supported`,
    });
  refused("{{ messages | groupby('role') }}", "filter groupby");
  refused("{% if false %}{{ x | constructor }}{% endif %}", "filter constructor");
  refused("{{ x is sameas }}", "test sameas");
  refused("{% set x = [] %}{% if x.append(1) %}{% endif %}", "method append");
  refused("{% for m in messages %}{{ loop.cycle('a', 'b') }}{% endfor %}", "method cycle");
  refused("{% for m in messages %}{{ loop.depth }}{% endfor %}", "loop.depth");
  refused("{{ {'a': [1 | batch(2)]} }}", "filter batch");
});

Deno.test("a template that would not end or would take the memory raises", () => {
  for (const source of ["{{ range(999999999) }}", "{{ 'a' * 999999999 }}"]) {
    assert.throws(() => new ChatTemplate(source).render([]), /steps|repeated/);
  }
});

Deno.test("the day that a template asks for is the one given, whatever day it is", () => {
  const source = "{{ strftime_now('%d %B %Y') }}";
  assert.equal(new ChatTemplate(source).render([]), "26 July 2024");
  assert.equal(new ChatTemplate(source, {}, "2000-02-29").render([]), "29 February 2000");
  for (const date of ["2001-02-29", "today", "2001-2-1"]) {
    assert.throws(
      () => new ChatTemplate(source, {}, date),
      /the date is .*; it is written as YYYY-MM-DD/,
    );
  }
  assert.throws(
    () => new ChatTemplate("{{ strftime_now('%Z') }}").render([]),
    /strftime_now has %Z, which is not supported/,
  );
});
