/** What reports say, and of what they consist. @module */
import assert from "node:assert/strict";
import { DOMParser } from "linkedom";
import { curvesOver } from "../../src/report/over_iterations.ts";
import { makeReport, reportMarkdown } from "../../src/report/mod.ts";
import { aggregate, thin } from "../../src/report/aggregate.ts";
import { describeChart, tableOfChart } from "../../src/report/describe.ts";
import { evaluationOf, HOSTILE, pageOf, recordOf, rolloutOf, stepOf, wholeRun } from "./views.ts";

const sections = (runs: Parameters<typeof makeReport>[0]) =>
  makeReport(runs).sections.map(({ id }) => id);

Deno.test("a report has the sections that there are data for", () => {
  const record = recordOf();
  assert.deepEqual(sections([{ record, steps: [] }]), ["again"]);
  const plain = stepOf("count", { metrics: { rows: 3 } });
  assert.deepEqual(sections([{ record, steps: [plain] }]), ["steps", "again"]);
  const measured = stepOf("test", { findings: { evaluation: evaluationOf([1, 2]) } });
  assert.deepEqual(sections([{ record, steps: [measured] }]), ["results", "steps", "again"]);
  const looped = [0, 1, 2].map((t) =>
    stepOf(`loop[${t}].count`, { metrics: { rows: t, same: 1 } })
  );
  const numbers = makeReport([{ record, steps: looped }]).sections[0]!;
  assert.equal(numbers.id, "numbers");
  assert.deepEqual(
    numbers.blocks.flatMap((block) => block.kind === "charts" ? block.charts : [])
      .map(({ title }) => title),
    ["loop.count: rows"],
  );
  assert.deepEqual(sections([wholeRun("soar-0001")]), [
    ...["results", "iterations", "proposals", "curves", "examples", "steps", "again"],
  ]);
});

Deno.test("the answer comes first: shares, gains with intervals, and how the run ended", () => {
  const { question, answer } = makeReport([wholeRun("soar-0001")]);
  assert.equal(question, "Does <em>it</em> work?");
  assert.deepEqual(answer.map((sentence) => sentence.replace(/\(.*\)/, "()")), [
    "base solves 12.5 % of 4 problems.",
    "student solves 68.8 % of 4 problems: +56.3 points over base ().",
    // Of other problems: nothing to compare it with.
    "elsewhere solves 87.5 % of 4 problems.",
    "Run soar-0001 is done: 20 steps ran, 0 were in the store, in 1 min 0 s.",
  ]);
  const several = makeReport([wholeRun("soar-0001"), wholeRun("soar-0002", 0.2)]);
  assert.equal(
    several.answer[1],
    "student solves 68.8 % ± 0.0 % of 4 problems (mean ± deviation over 2 runs): +56.3 points over base.",
  );
  const ended = (status: "failed" | "killed" | "running" | "stopped") =>
    makeReport([{ record: recordOf({ status, failed: 1 }), steps: [] }]).answer.at(-1);
  assert.match(ended("failed")!, /failed: 1 step ran, 0 were in the store, 1 failed/);
  assert.match(ended("killed")!, /was killed: 0 of 1 step had begun/);
  assert.match(ended("running")!, /not done yet/);
  assert.match(ended("stopped")!, /was stopped/);
});

Deno.test("series of a report are a chart, a point for each in turn", () => {
  const series = [{ name: "probe", evaluations: [evaluationOf([0, 1]), evaluationOf([2, 4])] }];
  const step = stepOf("report", { findings: { report: { evaluations: [], series } } });
  const [results] = makeReport([{ record: recordOf(), steps: [step] }]).sections;
  const charts = results!.blocks.flatMap((block) => block.kind === "charts" ? block.charts : []);
  assert.deepEqual(charts.map(describeChart), [
    "share solved over in turn. probe: from 12.5 % at 0 to 75.0 % at 1, highest 75.0 % at 1.",
  ]);
});

Deno.test("several runs are bands: the mean, the least and the most", () => {
  assert.deepEqual(aggregate([{ x: 1, y: 3 }, { x: 0, y: 1 }, { x: 1, y: 5 }]), [
    { x: 0, y: 1 },
    { x: 1, y: 4, low: 3, high: 5 },
  ]);
  const many = Array.from({ length: 1000 }, (_, x) => ({ x, y: x % 2 }));
  const few = thin(many, 100);
  assert.equal(few.length, 100);
  assert.deepEqual(few[0], { x: 4.5, y: 0.5, low: 0, high: 1 });
  const { sections } = makeReport([wholeRun("a-0001"), wholeRun("a-0002", 0.2)]);
  const charts = sections.flatMap(({ blocks }) => blocks)
    .flatMap((block) => block.kind === "charts" ? block.charts : []);
  const reward = charts.find(({ title }) => title === "reward")!;
  assert.equal(reward.kind, "lines");
  assert.match(describeChart(reward), /iteration 0: from 0.1 at 0 to 0.5 at 4, highest 0.5 at 4/);
  assert.deepEqual(tableOfChart(reward).rows[0], ["0", "0.1 (0 to 0.2)", "0.1 (0 to 0.2)"]);
  const promotions = (runs: Parameters<typeof makeReport>[0]) =>
    makeReport(runs).sections.find(({ id }) => id === "iterations")!.blocks
      .flatMap((block) => block.kind === "charts" ? block.charts : [])
      .flatMap((chart) => chart.kind === "lines" ? chart.events ?? [] : []);
  assert.deepEqual(promotions([wholeRun("a-0001")]), [{ name: "promotion", at: [2] }]);
});

Deno.test("a page needs nothing else, and every chart of it is there in words", () => {
  const page = pageOf([wholeRun("soar-0001")]);
  assert.ok(page.length > 20_000 && page.length < 3_000_000, String(page.length));
  const outside = page.replaceAll(/xmlns(:\w+)?="[^"]*"/g, "");
  assert.doesNotMatch(outside, /https?:|url\(|@import|src=(?!x )|<link|<iframe/i);
  const document = new DOMParser().parseFromString(page, "text/html");
  assert.equal(document.querySelector("title")!.textContent, "soar: soar-0001");
  assert.equal(document.querySelectorAll("h1").length, 1);
  const charts = [...document.querySelectorAll("svg.chart")];
  assert.equal(charts.length, 9);
  for (const chart of charts) {
    assert.equal(chart.getAttribute("role"), "img");
    assert.ok(chart.getAttribute("aria-label")!.length > 3);
    assert.match(chart.getAttribute("aria-description")!, /\d/);
    assert.ok(chart.closest("figure")!.querySelector("table") !== null);
  }
  for (const link of document.querySelectorAll("nav a")) {
    assert.ok(document.querySelector(link.getAttribute("href")!) !== null);
  }
});

Deno.test("shares are drawn in percent, and values that are all one have a scale", () => {
  const page = pageOf([wholeRun("soar-0001")]);
  const figure = page.slice(
    page.indexOf("Solved on the way"),
    page.indexOf("What the teacher proposes</h2>"),
  );
  assert.match(figure, />20 %<\/text>/);
  const heights = [...figure.matchAll(/<circle r="3" cy="([\d.]+)"/g)].map(([, y]) => Number(y));
  assert.equal(heights.length, 4);
  assert.ok(Math.max(...heights) - Math.min(...heights) > 100, String(heights));
  const flat = wholeRun("soar-0001").steps.map((step) =>
    step.findings.rewards === undefined
      ? step
      : { ...step, findings: { rewards: { rewards: [0] } } }
  );
  assert.doesNotMatch(pageOf([{ record: recordOf(), steps: flat }]), /NaN|undefined|Infinity/);
});

Deno.test("lines are told apart without colour", () => {
  const page = pageOf([wholeRun("soar-0001")]);
  const figure = page.slice(
    page.indexOf("Reward of the teacher"),
    page.indexOf("Solved on the way"),
  );
  assert.ok(new Set(figure.match(/stroke-dasharray="[^"]+"/g)).size >= 2);
  assert.match(figure, /▲ promotion/);
});

Deno.test("what models wrote is text, and nothing else", () => {
  const page = pageOf([wholeRun("soar-0001")]);
  const document = new DOMParser().parseFromString(page, "text/html");
  assert.equal(document.querySelectorAll("script").length, 1);
  assert.equal(document.querySelectorAll("img, iframe, textarea, em").length, 0);
  assert.ok(
    [...document.querySelectorAll("*")].every((element) =>
      [...element.attributes].every(({ name }) => !name.startsWith("on"))
    ),
  );
  const texts = [...document.querySelectorAll(".example pre")].map((pre) => pre.textContent);
  for (const text of HOSTILE.slice(0, 2)) assert.ok(texts.includes(text), text);
  assert.ok(!page.includes("\0") && !page.includes("\x1b"));
  const policy = document.querySelector("meta[http-equiv]")!.getAttribute("content")!;
  assert.match(policy, /^default-src 'none'; .*script-src 'sha256-/);
});

Deno.test("names of metrics and policies are text in charts too", () => {
  for (const name of [...HOSTILE, `"><img src=x onerror=alert(1)>`, "a & b", ""]) {
    const curves = [{ step: 0, [name]: 1 }, { step: 1, [name]: 2 }];
    const report = { evaluations: [{ name, ...evaluationOf([1, 2]) }] };
    const page = pageOf([{
      record: recordOf({ name }),
      steps: [stepOf("train", { curves, findings: { report } })],
    }]);
    const document = new DOMParser().parseFromString(page, "text/html");
    assert.equal(
      document.querySelectorAll("img, textarea, svg:not(.chart, .legend svg)").length,
      0,
    );
    assert.equal(document.querySelectorAll("script").length, 1);
    assert.equal(document.querySelectorAll("svg.chart").length, 2, name);
    const label = document.querySelector("svg.chart[aria-label]")!.getAttribute("aria-label");
    assert.equal(label, "Solved on the first try");
  }
});

Deno.test("a text of any length and kind fits", () => {
  const long = "x".repeat(100_000) + "😀".repeat(20_000);
  const step = stepOf("write", { rollouts: Array.from({ length: 6 }, () => rolloutOf(long)) });
  const page = pageOf([{ record: recordOf(), steps: [step] }]);
  assert.ok(page.length < 150_000, String(page.length));
  assert.ok(page.isWellFormed());
  assert.ok(page.includes("cut off"));
});

Deno.test("the largest of runs has room in three megabytes", () => {
  const rows = Array.from({ length: 300 }, (_, step) => ({
    step,
    ...Object.fromEntries(
      Array.from({ length: 40 }, (_, m) => [`m${m}`, Math.sin(step * (m + 1))]),
    ),
  }));
  const steps = Array.from({ length: 60 }, (_, i) => {
    const name = `step_${String.fromCharCode(97 + i % 26)}${
      String.fromCharCode(97 + Math.floor(i / 26))
    }`;
    const rollouts = Array.from({ length: 6 }, () => rolloutOf("'<&".repeat(5000)));
    return stepOf(name, {
      curves: rows,
      rollouts,
      outputs: { many: Array(500).fill("a".repeat(64)) },
    });
  });
  const page = pageOf(Array.from({ length: 8 }, (_, i) => ({
    record: recordOf({ id: `run-${i}` }),
    steps,
  })));
  assert.ok(page.length > 1_000_000 && page.length < 3_000_000, String(page.length));
});

Deno.test("Markdown has the same, fenced and escaped", () => {
  const text = reportMarkdown(makeReport([wholeRun("soar-0001")]));
  assert.match(text, /^# soar: soar-0001\n\nDoes \\<em\\>it\\<\/em\\> work\?\n\n- base solves/);
  assert.match(text, /## Results\n[^]*\| student \| 68\.8 % \|/);
  // A fence is longer than what stands in it.
  assert.ok(text.includes("`````text\n```\n</details>\n````"));
  const outside = text.replaceAll(/^(`{3,})text\n[^]*?\n\1$/gm, "");
  assert.doesNotMatch(outside, /(?<!\\)<(script|img|svg|em)/);
});

Deno.test("a failed step tells why, and a run of thousands of steps is a page of a few hundred kilobytes", () => {
  const failed = stepOf("train", { state: "failed", message: "no room <left>" });
  assert.match(
    pageOf([{ record: recordOf({ status: "failed" }), steps: [failed] }]),
    /no room &lt;left&gt;/,
  );
  const steps = Array.from({ length: 5000 }, (_, t) =>
    stepOf(`meta[${t}].student`, {
      metrics: { reward: t / 5000, other: -t },
      findings: { rewards: { rewards: [t, 1 - t, 0.5] } },
      curves: [{ step: 0, reward: t }, { step: 1, reward: 1 }],
    }));
  const page = pageOf([{ record: recordOf(), steps }]);
  assert.ok(page.length < 1_500_000, String(page.length));
});

Deno.test("a loop in a loop has a line for its first round and one for its last, and no band over rounds", () => {
  const steps = [0, 1, 2].flatMap((outer) =>
    [0, 1].flatMap((inner) => [
      stepOf(`outer[${outer}].inner[${inner}].student`, {
        metrics: { kept: 10 * outer + inner },
        curves: [0, 1].map((step) => ({ step, reward: outer + step / 10 })),
      }),
      stepOf(`outer[${outer}].inner[${inner}].promote`, {
        findings: { promotion: { promoted: inner === 1, average: outer } },
      }),
      stepOf(`outer[${outer}].inner[${inner}].reward`, {
        findings: { rewards: { rewards: [outer, outer + 1] } },
      }),
    ])
  );
  const { sections } = makeReport([{ record: recordOf(), steps }]);
  const charts = sections.flatMap(({ blocks }) => blocks)
    .flatMap((block) => block.kind === "charts" ? block.charts : [])
    .flatMap((chart) => chart.kind === "lines" ? [chart] : []);
  const lines = (title: string) =>
    charts.find((chart) => chart.title === title)!.lines.filter(({ dots }) => dots !== true);
  assert.deepEqual(lines("outer.inner.student: kept"), [
    { name: "mean, outer 0", points: [{ x: 0, y: 0 }, { x: 1, y: 1 }] },
    { name: "mean, outer 2", points: [{ x: 0, y: 20 }, { x: 1, y: 21 }] },
  ]);
  assert.deepEqual(lines("reward"), [
    { name: "outer 0, inner 0", points: [{ x: 0, y: 0 }, { x: 1, y: 0.1 }] },
    { name: "outer 2, inner 1", points: [{ x: 0, y: 2 }, { x: 1, y: 2.1 }] },
  ]);
  assert.deepEqual(lines("Reward of the teacher (outer.inner.reward)").map(({ name }) => name), [
    ...["mean, outer 0", "mean, outer 2", "over the window, outer 0", "over the window, outer 2"],
  ]);
  // A promotion would be of neither line.
  assert.ok(charts.every(({ events }) => events === undefined));
  const rows = sections.find(({ id }) => id === "iterations")!.blocks
    .flatMap((block) => block.kind === "table" ? block.rows : []);
  assert.equal(rows.length, 6);
  assert.deepEqual(rows.at(-1), ["outer 2, inner 1", "2  3", "2", "promoted"]);
});

Deno.test("bands of several runs are those of the runs, each the mean of its own matrix", () => {
  const run = (id: string, values: readonly number[]) => ({
    record: recordOf({ id }),
    steps: values.map((y, i) =>
      stepOf(`loop[0].student@dataset=${i}`, {
        curves: [{ step: 0, reward: y }, { step: 1, reward: y }],
      })
    ),
  });
  const band = (runs: Parameters<typeof makeReport>[0]) => {
    const { blocks } = makeReport(runs).sections.find(({ id }) => id === "curves")!;
    const charts = blocks.flatMap((block) => block.kind === "charts" ? block.charts : []);
    assert.equal(charts[0]?.kind, "lines");
    const [text] = blocks.flatMap((block) => block.kind === "text" ? block.text : []);
    return [text, charts[0]!.lines[0]!.points[0]];
  };
  assert.deepEqual(band([run("a-0001", [0, 4])]), [
    "loop.student; bands span 2 steps that run side by side:",
    { x: 0, y: 2, low: 0, high: 4 },
  ]);
  assert.deepEqual(band([run("a-0001", [0, 4]), run("a-0002", [6, 8])]), [
    "loop.student; bands span 2 runs:",
    { x: 0, y: 4.5, low: 2, high: 7 },
  ]);
  // The same of what steps gave back, over the iterations of the loop.
  const over = (runs: Parameters<typeof makeReport>[0]) =>
    curvesOver(runs, ({ curves }) => ({ reward: curves[0]!.reward! }))
      .map(({ step, series }) => [step, series.map(({ points }) => points)]);
  assert.deepEqual(over([run("a-0001", [0, 4])]), [
    ["loop.student", [[{ x: 0, y: 0 }], [{ x: 0, y: 4 }]]],
  ]);
  assert.deepEqual(over([run("a-0001", [0, 4]), run("a-0002", [6, 8])]), [
    ["loop.student", [[{ x: 0, y: 2 }], [{ x: 0, y: 7 }]]],
  ]);
});

Deno.test("held out is said of several runs where it is so in each, with problems of their own", () => {
  const run = (asked: string, seen?: number) => ({
    record: recordOf({ id: `run-${asked}` }),
    steps: [stepOf("test", { findings: { evaluation: evaluationOf([1, 2], asked) } })],
    ...seen === undefined ? {} : { seen: { [asked]: seen } },
  });
  const told = (runs: Parameters<typeof makeReport>[0]) => {
    const { blocks } = makeReport(runs).sections.find(({ id }) => id === "results")!;
    return blocks.flatMap((block) => block.kind === "text" ? block.text : [])[0]!.split(". ")[1];
  };
  assert.equal(
    told([run("a", 0), run("b", 0)]),
    "They are held out: no policy was trained on any of them in its run.",
  );
  assert.equal(
    told([run("a", 0), run("b", 2)]),
    "They are not held out: policies were trained on up to 2 of them in its run.",
  );
  assert.equal(
    told([run("a", 2)]),
    "They are not held out: policies were trained on all of them in this run.",
  );
  assert.equal(told([run("a", 0), run("b")]), undefined);
});

Deno.test("long errors and long names are cut, and turned text is written out", () => {
  const message = "\u202eturned " + "x".repeat(1 << 20), metric = "y".repeat(500);
  const failed = stepOf("bad", {
    state: "failed",
    message,
    curves: [{ [metric]: 1 }, { [metric]: 2 }],
  });
  const page = pageOf([{
    record: recordOf({ status: "failed" }),
    steps: Array.from({ length: 50 }, () => failed),
  }]);
  assert.ok(page.length < 400_000, String(page.length));
  assert.match(page, /<pre class="code" tabindex="0">\\u202eturned x+ …/);
  assert.match(page, /30 other steps failed too\./);
});

Deno.test("runs of a sweep are told apart by what differs, and what is no mere seed is told", () => {
  const run = (id: string, overrides: readonly string[], name?: string) => ({
    record: recordOf({ id, overrides, ...name === undefined ? {} : { name } }),
    steps: [stepOf("test", { rollouts: [rolloutOf("text")], key: id })],
  });
  const seeds = [run("a-0001", ["x=1", "seed=1"]), run("a-0002", ["x=1", "seed=2"], "second")];
  const { answer, sections } = makeReport(seeds);
  assert.deepEqual(answer.map((sentence) => sentence.split(" is done")[0]), [
    "Run a-0001 (seed=1)",
    "Run a-0002 (second)",
  ]);
  const titles = sections.find(({ id }) => id === "examples")!.blocks
    .flatMap((block) => block.kind === "examples" ? block.title : []);
  assert.deepEqual(titles, [
    "a-0001 (seed=1): test (stage): 1 completion of those written",
    "a-0002 (second): test (stage): 1 completion of those written",
  ]);
  const others = makeReport([run("a-0001", ["x=1", "seed=1"]), run("a-0002", ["x=2", "seed=1"])]);
  assert.equal(others.answer[0], "The runs differ in more than their seeds: x.");
});

Deno.test("proposals outside of loops are a table", () => {
  const proposals = { drawn: 8, well_formed: 0.5, correct: 0.75 };
  const { sections } = makeReport([{
    record: recordOf(),
    steps: [stepOf("propose", { findings: { proposals } })],
  }]);
  const { blocks } = sections.find(({ id }) => id === "proposals")!;
  assert.deepEqual(blocks, [{
    kind: "table",
    head: ["step", "accepted", "answer is right", "distinct"],
    rows: [["propose", "50.0 %", "75.0 %", ""]],
  }]);
});
