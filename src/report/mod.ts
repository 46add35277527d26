/** Reports of runs: gathered, made, and written as HTML or Markdown. @module */
export { gatherRun } from "./gather.ts";
export { makeReport } from "./report.ts";
export { reportMarkdown } from "./markdown.ts";
export { reportPage } from "./page.ts";
export { drawChart } from "./plot.ts";
export { emptyDocument } from "./server_dom.ts";
