/** A report as Markdown, which has no charts but their numbers. @module */
import type { Block, Report } from "./blocks.ts";
import { describeChart } from "./describe.ts";
import { withoutTurns } from "./html.ts";

/** A report as GitHub's Markdown. */
export function reportMarkdown({ title, question, answer, sections }: Report): string {
  const parts = [
    `# ${escaped(title)}`,
    escaped(question),
    answer.map((sentence) => `- ${escaped(sentence)}`).join("\n"),
    ...sections.flatMap(({ title, blocks }) => [`## ${title}`, ...blocks.map(blockText)]),
  ];
  return parts.filter((part) => part !== "").join("\n\n") + "\n";
}

function blockText(block: Block): string {
  switch (block.kind) {
    case "text":
      return escaped(block.text);
    case "code":
      return fenced(block.text);
    case "table":
      return tableText(block.head, block.rows);
    case "charts":
      return block.charts.map((chart) =>
        `- **${escaped(chart.title)}**: ${escaped(describeChart(chart))}`
      ).join("\n");
    case "examples":
      return [
        `### ${escaped(block.title)}`,
        ...block.examples.flatMap(({ facts, texts }) => [
          facts.map(([name, value]) => `${escaped(name)}: ${escaped(value)}`).join(", "),
          ...texts.map(([, text]) => fenced(text)),
        ]),
      ].join("\n\n");
    default:
      return block satisfies never;
  }
}

function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(line)].join("\n");
}

/** A text in a fence that is longer than any in it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${withoutTurns(text)}\n${fence}`;
}

/** A text in a line, as it is: no markup, and no HTML. */
function escaped(text: string): string {
  return withoutTurns(text).replaceAll(/[\\`*_{}[\]<>|#~&]/g, "\\$&").replaceAll(/\s*\n\s*/g, " ");
}
