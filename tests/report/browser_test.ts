/** Pages of reports in a browser: Debian's chromium, where there is one. @module */
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { pageOf, recordOf, stepOf, wholeRun } from "./views.ts";

const CHROMIUM = "/usr/bin/chromium";

function isThere(): boolean {
  try {
    return Deno.statSync(CHROMIUM).isFile;
  } catch {
    return false;
  }
}

Deno.test({
  name:
    "a page opens without an error on a phone and a screen, light and dark, and scripts of models do not run",
  ignore: !isThere(),
  sanitizeResources: false, // the browser's process
  sanitizeOps: false,
  async fn() {
    const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    try {
      const pages = {
        whole: pageOf([wholeRun("soar-0001")]),
        several: pageOf([wholeRun("soar-0001"), wholeRun("soar-0002", 0.2)]),
        plain: pageOf([{
          record: recordOf(),
          steps: [
            stepOf("a_step_with_a_name_that_is_rather_long@value=12,other=7", {
              metrics: { x: 1 },
              curves: [1, 2].map((y) => ({ '"><img src=x onerror="document.title = 1">': y })),
            }),
          ],
        }]),
      };
      let opened = 0;
      for (const [name, text] of Object.entries(pages)) {
        const path = `${directory}/${name}.html`;
        Deno.writeTextFileSync(path, text);
        for (const width of [390, 1280]) {
          for (const colorScheme of ["light", "dark"] as const) {
            const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
            const told: string[] = [];
            page.on("console", (message) => told.push(message.text()));
            page.on("pageerror", (error) => told.push(String(error)));
            page.on("request", (request) => {
              if (!request.url().startsWith("file:")) told.push(request.url());
            });
            await page.goto(`file://${path}`);
            for (const button of await page.$$("button")) await button.click();
            const found = await page.evaluate(`({
              title: document.title,
              wide: document.documentElement.scrollWidth,
              open: [...document.querySelectorAll("section:has(button) details:not(.numbers)")].every((one) => one.open),
              ground: getComputedStyle(document.body).backgroundColor,
            })`);
            assert.deepEqual(told, [], `${name} at ${width}`);
            assert.deepEqual(found, {
              title: name === "several"
                ? "soar: 2 runs"
                : name === "whole"
                ? "soar: soar-0001"
                : "mine: mine-00aa",
              wide: width,
              open: true,
              ground: colorScheme === "dark" ? "rgb(21, 24, 28)" : "rgb(255, 255, 255)",
            }, `${name} at ${width}`);
            await page.close();
            opened++;
          }
        }
      }
      assert.equal(opened, 12);
    } finally {
      await browser.close();
      Deno.removeSync(directory, { recursive: true });
    }
  },
});
