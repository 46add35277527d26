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

Deno.test("what Jinja2 has by a name and is not known here is never nothing, without a word", () => {
  const raises = (source: string, message: RegExp) => {
    const { kind, text } = outcome(source, [{ role: "user", content: "a" }]);
    assert.notEqual(kind, "text", `${source}: ${text}`);
    assert.match(text, message);
  };
  for (const name of ["cycler", "dict", "joiner", "lipsum", "self"]) {
    raises(`{{ ${name} is defined }}`, new RegExp(`^the chat template uses ${name}, which is not`));
    assert.equal(outcome(`{% set ${name} = 1 %}{{ ${name} }}`, []).text, "1");
    assert.equal(outcome(`{{ {'${name}': 1}.${name} }}`, []).text, "1");
  }
  raises("{{ messages[0].items is defined }}", /^method items of a mapping is not called/);
  raises("{{ {'keys': 1}.keys }}", /^method keys of a mapping is not called/);
  raises("{{ messages[0]['copy'] }}", /^method copy of a mapping is not called/);
  raises("{{ messages[0].content.encode }}", /^method encode of a text is not called/);
  raises("{{ messages.count }}", /^method count of a list is not called/);
  assert.equal(outcome("{{ {'keys': 1}['keys'] }}", []).text, "1");
  raises(
    "{{ 9007199254740993 }}",
    /^the chat template uses the whole number 9007199254740992, bey/,
  );
  raises("{{ '9007199254740993' | int }}", /^the number 9007199254740993 is beyond 2\^53/);
  raises("{{ '٣' | int }}", /^the number ٣ is not supported/);
});

Deno.test("texts are Python's", () => {
  // Each is what Python 3.11 and Jinja2 3.1 write.
  const writes = (source: string, text: string) =>
    assert.deepEqual(outcome(source, []), { kind: "text", text });
  writes(
    "{{ 'ǆ'.title() }}{{ 'ßa'.capitalize() }}{{ 'ﬁx' | capitalize }}{{ 'ᾳ'.title() }}",
    "ǅSsaFixᾼ",
  );
  writes("{{ 'ა'.title() }}{{ 'a日b'.title() }}", "აA日B");
  writes("{{ '²'.isdigit() }}{{ '½'.isdigit() }}{{ '٣'.isdigit() }}", "TrueFalseTrue");
  writes("{{ 'aé😀'.count('') }}", "4");
  writes("{{ '1_000' | int }}{{ true | int }}{{ 'inf' | int(7) }}{{ '_1' | int(8) }}", "1000178");
  writes("{{ 'inf' | float }}{{ '-Infinity' | float }}{{ 'nan' | float }}", "inf-infnan");
});
