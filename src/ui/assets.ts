/** The files of the page, as they go to the browser: TypeScript without its types. @module */
import { stripTypeScriptTypes } from "node:module";
import PLOTS from "uplot/dist/uPlot.esm.js" with { type: "text" };
import PLOT_STYLE from "uplot/dist/uPlot.min.css" with { type: "text" };
import API from "./page/api.ts" with { type: "text" };
import APP from "./page/app.ts" with { type: "text" };
import COMPARE from "./page/compare_tab.ts" with { type: "text" };
import CURVES from "./page/curves_tab.ts" with { type: "text" };
import DOM from "./page/dom.ts" with { type: "text" };
import FORMAT from "./page/format.ts" with { type: "text" };
import HTML from "./page/index.html" with { type: "text" };
import LOG from "./page/log_tab.ts" with { type: "text" };
import PLOT from "./page/plot.ts" with { type: "text" };
import ROLLOUT from "./page/rollout.ts" with { type: "text" };
import ROLLOUTS from "./page/rollouts_tab.ts" with { type: "text" };
import RUN from "./page/run.ts" with { type: "text" };
import RUNS from "./page/runs.ts" with { type: "text" };
import STEPS from "./page/steps_tab.ts" with { type: "text" };
import STYLE from "./page/style.css" with { type: "text" };

/** A file of the page. */
export interface Asset {
  readonly type: string;
  readonly text: string;
}

const SCRIPTS: Readonly<Record<string, string>> = {
  "api.ts": API,
  "app.ts": APP,
  "compare_tab.ts": COMPARE,
  "curves_tab.ts": CURVES,
  "dom.ts": DOM,
  "format.ts": FORMAT,
  "log_tab.ts": LOG,
  "plot.ts": PLOT,
  "rollout.ts": ROLLOUT,
  "rollouts_tab.ts": ROLLOUTS,
  "run.ts": RUN,
  "runs.ts": RUNS,
  "steps_tab.ts": STEPS,
};

/** The library by its name, or as a packed program has it. */
const LIBRARY = /\bfrom\s+"(?:npm:)?uplot(?:@[\d.]+)?"/g;

/** A module of the page as a browser reads it. */
function scriptOf(text: string): Asset {
  const script = stripTypeScriptTypes(text).replaceAll(LIBRARY, 'from "/page/uplot.js"');
  return { type: "text/javascript; charset=utf-8", text: script };
}

/** All files by path; made once. */
export function makeAssets(): ReadonlyMap<string, Asset> {
  const style = "text/css; charset=utf-8";
  return new Map<string, Asset>([
    ["/", { type: "text/html; charset=utf-8", text: HTML }],
    ["/page/style.css", { type: style, text: STYLE }],
    ["/page/uplot.css", { type: style, text: PLOT_STYLE }],
    ["/page/uplot.js", { type: "text/javascript; charset=utf-8", text: PLOTS }],
    ...Object.entries(SCRIPTS).map(([name, text]) => [`/page/${name}`, scriptOf(text)] as const),
  ]);
}
