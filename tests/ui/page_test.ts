/** The page in a browser: what it shows, what keys do, what of a model's it never runs. @module */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { serveUi } from "../../src/ui/mod.ts";
import {
  addRuns,
  addStudent,
  FakeRun,
  FakeStore,
  HOSTILE,
  metricsRow,
  partsOf,
  rolloutRow,
} from "./fixture.ts";

/** Debian's package chromium. */
const CHROMIUM = "/usr/bin/chromium";
const HAS_BROWSER = existsSync(CHROMIUM);

/** What a check is given. */
interface Shown {
  readonly page: Page;
  readonly fake: FakeStore;
  /** Ids of two runs that can be compared; the second is called `higher rate`. */
  readonly first: string;
  readonly second: string;
  /** Opens a place, such as `#/RUN/log`. */
  open(hash: string): Promise<void>;
}

/** Runs a check on the page over a store with three runs; a word on the console fails it. */
async function withPage(
  check: (shown: Shown) => Promise<void>,
  { width = 1280, colorScheme = "light" }: {
    readonly width?: number;
    readonly colorScheme?: "light" | "dark";
  } = {},
): Promise<void> {
  using fake = new FakeStore();
  const { first, second } = await addRuns(fake.store);
  await using server = serveUi(fake.store, { host: "127.0.0.1", port: 0 });
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
    const page = await context.newPage(), told: string[] = [], asked = new Set<string>();
    page.on("console", (message) => told.push(message.text()));
    page.on("pageerror", (error) => told.push(String(error)));
    page.on("request", (request) => asked.add(new URL(request.url()).origin));
    const open = async (hash: string) => {
      await page.goto(server.url + hash);
    };
    await check({ page, fake, first, second, open });
    assert.deepEqual(told, []);
    // Nothing comes from elsewhere, whatever was written.
    asked.delete("null"); // the empty icon
    assert.deepEqual([...asked], [new URL(server.url).origin]);
    assert.equal(await page.evaluate("globalThis.owned"), undefined);
    assert.equal(await page.evaluate("document.querySelectorAll('script, img, style').length"), 1);
  } finally {
    await browser.close();
  }
}

function test(name: string, check: (shown: Shown) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !HAS_BROWSER,
    // Playwright keeps what it has loaded.
    sanitizeResources: false,
    sanitizeOps: false,
    fn: () => withPage(check),
  });
}

/** Texts of all elements that match. */
const texts = (page: Page, selector: string) => page.locator(selector).allInnerTexts();

test("the latest run is shown, and another by a click or by keys", async ({ page, open, second }) => {
  await open("");
  await page.locator("h1", { hasText: "failed" }).waitFor();
  assert.equal((await texts(page, "#runs a")).length, 3);
  await page.locator("#runs a", { hasText: "higher rate" }).click();
  await page.locator("h1", { hasText: "higher rate" }).waitFor();
  assert.equal(new URL(page.url()).hash, `#/${second}/`);
  assert.equal(
    await page.locator("#runs a[aria-current]").innerText().then((t) => t.split("\n")[0]),
    "higher rate",
  );
  assert.deepEqual(await texts(page, "button.step"), [
    "data",
    ...[0, 1, 2].map((i) => `meta[${i}].students`),
  ]);
  // Down to the next run, and there.
  await page.locator("#runs a[aria-current]").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator("h1", { hasText: /digits-/ }).waitFor();
  await page.locator("#runs input").fill("higher");
  assert.equal((await texts(page, "#runs a")).length, 1);
  // Back is the run before.
  await page.goBack();
  await page.locator("h1", { hasText: "higher rate" }).waitFor();
});

test("a step tells why its key is what it is", async ({ page, open, first, second }) => {
  await open(`#/${second}/steps`);
  await page.locator("button.step", { hasText: "meta[1]" }).click();
  const key = page.locator(".key", { hasText: "learning_rate: 0.001 → 0.003" });
  await key.waitFor();
  assert.match(await key.innerText(), new RegExp(`^key [0-9a-f]{64}\\s+Since ${first}:`));
  await page.waitForURL(/step=meta%5B1%5D\.students/);
  // Arrow keys go from step to step.
  await page.locator("button.step", { hasText: "data" }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator("button.step[aria-expanded=true]", { hasText: "meta[0]" }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("data");
  await page.locator("button.step", { hasText: "meta[0]" }).waitFor({ state: "hidden" });
  assert.deepEqual(await page.locator("button.step:visible").allInnerTexts(), ["data"]);
});

test("curves of steps of a name are over each other, and over another run's", async ({ page, open, first, second }) => {
  await open(`#/${second}/curves`);
  await page.locator("figure canvas").nth(5).waitFor();
  assert.deepEqual(await texts(page, "figcaption b"), [
    ...["reward", "correct", "loss", "grad_norm", "length", "entropy_mc"],
  ]);
  const label = await page.locator(".plot").first().getAttribute("aria-label");
  assert.match(label!, /^reward: meta\[0\]\.students ends at [\d.]+, meta\[1\]/);
  await page.getByLabel("Compare with").selectOption(first);
  await page.locator(".legend label").nth(5).waitFor();
  await page.locator(`.plot[aria-label*="meta[2].students · ${first} ends at"]`).first().waitFor();
  // What is drawn is not one colour.
  const colours = Number(await page.evaluate(COLOURS));
  assert.ok(colours > 10, `${colours} colours`);
  await page.locator(".legend input").first().uncheck();
  await page.locator(".plot[aria-label^='reward: meta[1]']").waitFor();
  await page.getByLabel("Curves of").selectOption({ label: "what steps gave, by iteration" });
  await page.locator("figcaption b", { hasText: "reward_last" }).waitFor();
});

test("rollouts are filtered, and gone through by keys", async ({ page, open, second }) => {
  await open(`#/${second}/rollouts`);
  const status = page.locator("[role=status]");
  await status.filter({ hasText: "300 of 300 rows" }).waitFor();
  await page.getByLabel("Verdict").selectOption("wrong");
  await status.filter({ hasText: "75 of 300 rows" }).waitFor();
  const card = (row: number) => page.locator(`article[aria-label="Row ${row}"]`);
  await card(1).waitFor();
  await page.locator("body").press("j");
  await card(5).waitFor();
  await page.locator("body").press("j");
  await card(9).waitFor();
  await page.locator("body").press("k");
  await card(5).waitFor();
  assert.match(await card(5).innerText(), /sum of the digits of 5\?/);
  assert.equal(await page.locator("[role=option][aria-selected=true]").count(), 1);

  // To the last of the page, and on to the next page.
  await page.locator("[role=option]").nth(49).click();
  await card(197).waitFor();
  await page.keyboard.press("ArrowDown");
  await card(201).waitFor();
  assert.match(await page.locator(".pager").innerText(), /page 2 of 2/);
  await page.keyboard.press("k");
  await card(197).waitFor();

  // A text, after which a key is a letter again until Escape.
  await page.keyboard.press("/");
  await page.keyboard.type("jack");
  await status.filter({ hasText: "0 of 300 rows" }).waitFor();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("digits of 29 one");
  await status.filter({ hasText: "1 of 300 rows" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("j"); // there is no other
  await card(29).waitFor();
  await page.waitForURL(/verdict=wrong.*text=digits\+of\+29/);
  // The address leads here again.
  await page.reload();
  await status.filter({ hasText: "1 of 300 rows" }).waitFor();
  await card(29).waitFor();
});

test("what a model wrote is text, wherever it is shown", async ({ page, open, second }) => {
  await open(`#/${second}/rollouts?text=owned`);
  const card = page.locator("article.rollout");
  await card.waitFor();
  assert.equal(await card.locator("pre.completion").innerText(), rolloutRow(3)["completion"]);
  assert.match((await texts(page, "[role=option]"))[0]!, /<script>globalThis\.owned/);
  await open(`#/${second}/log`);
  await page.locator(".log .warning", { hasText: HOSTILE }).waitFor();
  await open("");
  await page.locator("#runs a", { hasText: "failed" }).click();
  await page.locator("td .failure", { hasText: HOSTILE }).waitFor();
});

test("two runs are compared", async ({ page, open, first, second }) => {
  await open(`#/${second}/compare`);
  await page.locator("h2", { hasText: "What came out" }).waitFor();
  assert.equal(await page.getByLabel("Compare with").inputValue(), first);
  assert.deepEqual(await texts(page, ".lines li"), ["params.learning_rate: (none) → 0.003"]);
  const rows = await texts(page, "tbody tr");
  assert.equal(rows.length, 3);
  assert.match(rows[0]!, /meta\[0\]\.students\s+reward_last\s+0\.66\s+0\.76\s+\+0\.1/);
  await page.getByLabel("also what is equal").check();
  await page.locator("tbody tr").nth(9).waitFor();
  const keys = await page.locator("p.faint", { hasText: "same key" }).innerText();
  assert.match(keys, /^1 step with .*; 3 with another key; 0 in one run alone\.$/);
});

test("a live run is followed: progress, curves, rollouts, log, end", async ({ page, open, fake }) => {
  const overrides = Array.from({ length: 9 }, (_, i) => `params.p${i}=${i}`);
  const run = new FakeRun(fake.store, { name: "live", steps: 1, overrides });
  const parts = partsOf("train_student", { steps: 3, live: true });
  await open(`#/${run.id}/steps`);
  await page.locator("h1", { hasText: "running" }).waitFor();
  await page.locator("summary", { hasText: "5 more" }).click();
  const key = run.start("students", parts);
  {
    using tables = fake.store.tables.open(key, 1 << 20);
    const tell = (done: number) => {
      tables.add("metrics", [metricsRow(done)]);
      tables.add("rollouts", [rolloutRow(done)]);
      const numbers = { reward: done / 4 };
      run.take({ kind: "step-progress", step: "students", done, total: 3, numbers });
    };
    tell(1);
    await page.locator(".now .card", { hasText: "1 of 3" }).waitFor();
    assert.ok(await page.locator(".chips code", { hasText: "params.p8=8" }).isVisible());
    assert.match(await page.locator(".now .card").innerText(), /reward 0\.25/);
    assert.equal(await page.locator("progress").getAttribute("value"), "1");
    await page.getByRole("tab", { name: "Curves" }).click();
    const ends = (step: number) =>
      page.locator(`.plot[aria-label="length: students ends at ${40 + step / 2}"]`);
    await ends(1).waitFor();
    tell(2);
    await ends(2).waitFor();
    await page.getByRole("tab", { name: "Rollouts" }).click();
    await page.locator("[role=status]", { hasText: "2 of 2 rows" }).waitFor();
    tell(3);
    await page.getByRole("button", { name: "Show rows that have come" }).click();
    await page.locator("[role=status]", { hasText: "3 of 3 rows" }).waitFor();
    await page.getByRole("tab", { name: "Log" }).click();
    await page.locator(".log li", { hasText: "train_student started" }).waitFor();
    run.take({ kind: "step-log", step: "students", message: "nearly there" });
    await page.locator(".log li", { hasText: "nearly there" }).waitFor();
  }
  run.finish("students", parts, { reward: 1 });
  run.end();
  await run[Symbol.asyncDispose]();
  await page.locator("h1", { hasText: "done" }).waitFor();
  await page.locator("#runs a", { hasText: "live" }).filter({ hasText: "done" }).waitFor();
  // Tabs are gone through by arrow keys.
  await page.getByRole("tab", { name: "Log" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.locator("[role=tab][aria-selected=true]", { hasText: "Steps" }).waitFor();
  assert.match(
    (await texts(page, "tbody tr"))[0]!,
    /students\s+ran\s+train_student\s+4\.2 s\s+reward 1/,
  );
});

test("a run that came later is listed, and one that is not there is told", async ({ page, open, fake }) => {
  await open("");
  await page.locator("#runs a").nth(2).waitFor();
  await using run = new FakeRun(fake.store);
  addStudent(fake.store, run, 0, 0.5, { steps: 2, rollouts: 2 });
  await page.locator("#runs a", { hasText: run.id }).waitFor();
  await open("#/digits-none/curves");
  await page.locator("main", { hasText: "There is no run digits-none in this store." }).waitFor();
  await open("#/%E0%A4%A/x?y=%");
  await page.locator("h1", { hasText: run.id }).waitFor();
});

for (const width of [390, 1280]) {
  for (const colorScheme of ["light", "dark"] as const) {
    Deno.test({
      name: `everything fits at ${width} pixels, ${colorScheme}, and text stands out`,
      ignore: !HAS_BROWSER,
      sanitizeResources: false,
      sanitizeOps: false,
      fn: () =>
        withPage(async ({ page, open, first, second }) => {
          for (const tab of ["steps", `curves?with=${first}`, "rollouts", "log", "compare"]) {
            await open(`#/${second}/${tab}`);
            await page.locator("tbody tr, canvas, article, .log li").first().waitFor();
            assert.deepEqual(await page.evaluate(WIDER), [], tab);
            const least = await page.evaluate(LEAST_CONTRAST) as { ratio: number };
            assert.ok(least.ratio >= 4.5, `${tab}: ${JSON.stringify(least)}`);
          }
          if (width > 760) return;
          await page.locator("#toggle").click();
          await page.locator("#runs a", { hasText: "failed" }).click();
          await page.locator("h1", { hasText: "failed" }).waitFor();
          assert.equal(await page.locator("#runs").isVisible(), false);
        }, { width, colorScheme }),
    });
  }
}

/** How many colours the first chart has. */
const COLOURS = `(() => {
  const canvas = document.querySelector("figure canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
})()`;

/** What is wider than the window, but for what scrolls by itself. */
const WIDER =
  `[...document.querySelectorAll("body, main, .run, .panel > *, .controls > *, article *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5 && !one.closest(".scroll"))
  .map((one) => one.outerHTML.slice(0, 80))`;

/** The text that stands out least from its ground: the ratio of WCAG 2. */
const LEAST_CONTRAST = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = channels(colour).map((c) => c / 255)
      .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => {
    for (let at = one; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((channels(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const ratios = [...document.querySelectorAll("body *")]
    .filter((one) => one.checkVisibility() && [...one.childNodes].some((node) =>
      node.nodeType === 3 && node.data.trim() !== "") && !one.matches("option, :disabled, noscript"))
    .map((one) => {
      const [a, b] = [light(getComputedStyle(one).color), light(ground(one))].toSorted((x, y) => y - x);
      return { ratio: (a + 0.05) / (b + 0.05), text: one.textContent.slice(0, 40), class: one.className };
    });
  return ratios.toSorted((a, b) => a.ratio - b.ratio)[0];
})()`;
