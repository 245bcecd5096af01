import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, ask, looks, visit } from "./browser.mjs";

test("a change of route moves the focus to the new page's heading, the first load does not", () =>
  visit("/nowhere", async (page) => {
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "BODY");
    await page.getByRole("link", { name: "Go to the playground" }).click();
    await page.getByLabel("Question").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Playground");
    assert.equal(await page.title(), "Playground - Syft Space");
  }));

test("the theme follows the computer until a person chooses, and the choice is kept", () =>
  visit(
    "/playground",
    async (page) => {
      const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      await page.getByLabel("Question").waitFor();
      const dark = await background();
      await page.getByRole("button", { name: /^System theme/ }).click();
      const light = await background();
      assert.notEqual(light, dark);
      await page.reload();
      await page.getByRole("button", { name: /^Light theme/ }).waitFor();
      assert.equal(await background(), light);
    },
    { colorScheme: "dark" },
  ));

for (const look of looks) {
  test(`nothing is wider than the window at ${look.name}`, () =>
    visit(
      "/playground",
      async (page) => {
        await ask(page);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth <= 0), true);
      },
      look,
    ));
}

for (const path of ["/docs", "/redoc"]) {
  test(`${path} describes the API without another host`, () =>
    visit(path, async (page) => {
      await page.getByText("/api/v1/endpoints/{slug}/query").first().waitFor({ timeout: 60_000 });
      assert.equal(await page.title(), "API reference - Syft Space");
    }));
}

test("the first load is small, quick and still", () =>
  visit("/playground", async (page) => {
    const loads = [];
    for (let i = 0; i < 3; i++) {
      await page.reload();
      await page.getByLabel("Question").waitFor();
      loads.push(await page.evaluate(measure));
    }
    const { files } = loads[0];
    assert.ok(files.length <= 6, `${files.length} files at first load: ${files}`);
    const paint = Math.min(...loads.map((load) => load.paint));
    const shift = Math.max(...loads.map((load) => load.shift));
    console.log(`first paint ${Math.round(paint)} ms, layout shift ${shift.toFixed(3)}, ${files.length} files`);
    assert.ok(paint <= 300, `first paint after ${paint} ms`);
    assert.ok(shift <= 0.05, `layout shift ${shift}`);
  }));

test("an answer keeps the page still and the browser free", () =>
  visit("/playground", async (page) => {
    await page.getByLabel("Question").waitFor();
    await page.evaluate(() => {
      globalThis.longest = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, entry.duration);
      }).observe({ type: "longtask" });
    });
    await ask(page);
    const longest = await page.evaluate(() => globalThis.longest);
    console.log(`longest task ${Math.round(longest)} ms`);
    assert.ok(longest <= 100, `a task of ${longest} ms`);
    await accessible(page);
  }));

/** measure runs in the page: its files, its first paint in ms, and how much has moved (web.dev/cls). */
function measure() {
  const of = (type) =>
    new Promise((resolve) => {
      new PerformanceObserver((list) => resolve(list.getEntries())).observe({ type, buffered: true });
      setTimeout(() => resolve([]), 300);
    });
  return (async () => ({
    files: [
      location.pathname,
      ...performance.getEntriesByType("resource").map((r) => new URL(r.name).pathname).filter((p) => !p.startsWith("/api/")),
    ],
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    shift: (await of("layout-shift")).reduce((sum, entry) => sum + entry.value, 0),
  }))();
}
