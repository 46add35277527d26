/** Flowcharts, as Mermaid reads them. @module */
import assert from "node:assert/strict";
import { toMermaid } from "../../src/cli/graph_command.ts";
import { Rig } from "../rig.ts";

function linesOf(pipeline: string): string[] {
  using rig = new Rig();
  return toMermaid(rig.plan(pipeline)).split("\n").map((line) => line.trim());
}

Deno.test("a step that is called as a word of Mermaid's has another id, and quotes are written as Mermaid has them", () => {
  const lines = linesOf(`name: words
steps:
  end: { uses: number, with: { value: 1 } }
  style_1: { uses: increment, in: { number: end.number } }
  class:
    loop: { times: 2, until: { metric: sum.sum, is: 'a "b"' }, carry: { x: style_1.number } }
    steps:
      more: { uses: increment, in: { number: prev.x } }
      sum: { uses: add, in: { numbers: more.number } }
    yield: { x: more.number }
`);
  assert.deepEqual(lines, [
    "flowchart TD",
    '_end["end<br/><i>number</i>"]',
    'style_1["style_1<br/><i>increment</i>"]',
    '_class.more["class.more<br/><i>increment</i>"]',
    '_class.sum["class.sum<br/><i>add</i>"]',
    "_end -- number --> style_1",
    "style_1 -- number --> _class.more",
    "_class.more -- number --> _class.sum",
    '_class.more -. "next unless sum.sum is #quot;a \\#quot;b\\#quot;#quot;" .-> _class.more',
  ]);
});

Deno.test("what the next iteration reads is drawn as such, of each loop and not between two", () => {
  const lines = linesOf(`name: nested
steps:
  one: { uses: number, with: { value: 1 } }
  outer:
    loop: { times: 2, until: { metric: sum.sum, above: 9 }, carry: { x: one.number } }
    steps:
      inner:
        loop: { times: 2, carry: { x: prev.x } }
        steps: { more: { uses: increment, in: { number: prev.x } } }
        yield: { x: more.number }
      sum: { uses: add, in: { numbers: inner.x } }
    yield: { x: inner.x }
  second:
    loop: { times: 2, carry: { x: outer.x } }
    steps: { last: { uses: add, in: { numbers: outer.x, extra: prev.x } } }
    yield: { x: last.sum }
`);
  assert.deepEqual(lines.filter((line) => / -[-.] /.test(line)), [
    "one -- number --> outer.inner.more",
    'outer.inner.more -. "next" .-> outer.inner.more',
    "outer.inner.more -- number --> outer.sum",
    'outer.inner.more -. "next unless sum.sum above 9" .-> outer.inner.more',
    "outer.inner.more -- number --> second.last",
    'second.last -. "next" .-> second.last',
  ]);
});
