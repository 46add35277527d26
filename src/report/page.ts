/** A report as one HTML file that needs nothing else. @module */
import { createHash } from "node:crypto";
import type { Block, Chart, Example, Report, Section } from "./blocks.ts";
import { clip } from "./clip.ts";
import { describeChart, tableOfChart } from "./describe.ts";
import { type Html, html, markup } from "./html.ts";
import { SCRIPT, STYLE } from "./page_assets.ts";
import { styleOf } from "./line_styles.ts";

/** Draws a chart as SVG. */
type Draw = (chart: Chart) => string;

/** The text of a page. */
export function reportPage(report: Report, draw: Draw): string {
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  // Nothing is fetched, and no script but this one runs, whatever models wrote.
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${hash(SCRIPT)}; ` +
    "base-uri 'none'; form-action 'none'";
  const { title, question, answer, sections } = report;
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${title}</title>
        <style>${markup(STYLE)}</style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p class="question">${question}</p>
          <ul class="answer">${answer.map((sentence) => html`<li>${sentence}</li>`)}</ul>
          <nav aria-label="Sections">${sections.map(({ id, title }) =>
            html`
              <a href="#${id}">${title}</a>
            `
          )}</nav>
        </header>
        <main>
    ${sections.map((section) => sectionHtml(section, draw))}
        </main>
        <script>${markup(SCRIPT)}</script>
      </body>
    </html>
  `.text.trimStart();
}

function sectionHtml({ id, title, blocks }: Section, draw: Draw): Html {
  return html`
    <section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${blocks.map((block) => blockHtml(block, draw))}
    </section>
  `;
}

function blockHtml(block: Block, draw: Draw): Html {
  switch (block.kind) {
    case "text":
      return html`<p>${block.text}</p>`;
    case "code":
      return html`<pre class="code" tabindex="0">${block.text}</pre>`;
    case "table": {
      const table = tableHtml(block.head, block.rows);
      return block.folded === undefined ? table : foldedHtml(block.folded, table);
    }
    case "charts": {
      const charts = html`<div class="charts">${
        block.charts.map((chart) => chartHtml(chart, draw))
      }</div>`;
      return block.folded === undefined ? charts : foldedHtml(block.folded, charts);
    }
    case "examples":
      return foldedHtml(block.title, html`${block.examples.map(exampleHtml)}`);
    default:
      return block satisfies never;
  }
}

function foldedHtml(title: string, inside: Html): Html {
  return html`<details><summary>${title}</summary>${inside}</details>`;
}

/** Wide tables scroll in their own box; a keyboard can reach it. */
function tableHtml(head: readonly string[], rows: readonly (readonly string[])[]): Html {
  return html`
    <div class="table" tabindex="0" role="region" aria-label="Table: ${head.filter((title) =>
      title !== ""
    ).join(", ")}">
      <table>
        <thead>
          <tr>${head.map((title) => html`<th scope="col">${title}</th>`)}</tr>
        </thead>
        <tbody>${rows.map(([first, ...cells]) =>
          html`
            <tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}

function chartHtml(chart: Chart, draw: Draw): Html {
  const { head, rows } = tableOfChart(chart);
  return html`
    <figure>
    <figcaption>${clip(chart.title, 120)}${chart.kind === "lines"
      ? legendHtml(chart)
      : undefined}</figcaption>
    ${markup(draw(chart))}
    <details class="numbers"><summary>Numbers</summary><p>${describeChart(chart)}</p>${tableHtml(
      head,
      rows,
    )}</details>
    </figure>
  `;
}

/** Nothing where a single line says what it is by the title. */
function legendHtml({ lines, events }: Extract<Chart, { kind: "lines" }>): Html | undefined {
  const hasBands = lines.some(({ points }) => points.some(({ low }) => low !== undefined));
  if (!hasBands && events === undefined && lines.length === 1 && lines[0]!.name === "mean") {
    return undefined;
  }
  const line = (i: number) => {
    const { colour, dash } = styleOf(i), dots = lines[i]!.dots === true;
    return dots
      ? html`
        <circle cx="14" cy="6" r="3" fill="none" stroke="${colour}" stroke-width="1.5" />
      `
      : html`
        <line x1="0" x2="28" y1="6" y2="6" stroke="${colour}" stroke-width="2.5"
          stroke-dasharray="${dash}" />
      `;
  };
  const keys = lines.map(({ name }, i) =>
    html`
      <span><svg width="28" height="12" aria-hidden="true">${line(i)}</svg> ${clip(
        name,
        120,
      )}</span>
    `
  );
  const more = [
    ...events === undefined ? [] : [html`
      <span>▲ ${events.name}</span>
    `],
    ...hasBands ? [html`<span>band: least to most</span>`] : [],
  ];
  return html`<span class="legend">${keys}${more}</span>`;
}

function exampleHtml({ title, facts, texts }: Example): Html {
  return html`
    <details class="example"><summary>${title}</summary>
    <dl>${facts.map(([name, value]) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )}</dl>
    ${texts.map(([name, text]) =>
      html`
        <h4>${name}</h4>
        <pre tabindex="0">${text}</pre>
      `
    )}
    </details>
  `;
}
