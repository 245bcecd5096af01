// Opens pages in the system's Chromium and fails a test on anything a page must never do: an error on
// the console, a breach of the content security policy, a request to another host.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before } from "node:test";
import { chromium } from "playwright-core";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const url = (process.env.SYFT_URL ?? "").replace(/\/$/, "");
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const question = "When is the house on Harbour Lane open?";
export const wide = { width: 1280, height: 900 };
export const narrow = { width: 390, height: 844 };

/** Every look the dashboard must work in. */
export const looks = [wide, narrow].flatMap((viewport) =>
  ["light", "dark"].map((colorScheme) => ({ viewport, colorScheme, name: `${viewport.width} px, ${colorScheme}` })),
);

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
});
after(() => browser?.close());

/**
 * visit opens path, hands the page to use, and then holds what happened against the rules. setup runs
 * before the page is opened: a test uses it to answer a route in the Space's place.
 */
export async function visit(path, use, { viewport = wide, colorScheme = "light", setup } = {}) {
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const wrongs = watch(page);
    await setup?.(page);
    await page.goto(url + path);
    await use(page);
    assert.deepEqual(wrongs, [], "the page did what it must not");
  } finally {
    await context.close();
  }
}

function watch(page) {
  const wrongs = [];
  page.on("console", (message) => {
    // Chromium logs every refusal of the API as a failed resource; the ones here are provoked by the test.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) wrongs.push(message.text());
  });
  page.on("pageerror", (error) => wrongs.push(String(error)));
  page.on("request", (request) => {
    const to = new URL(request.url());
    if (to.protocol.startsWith("http") && to.origin !== new URL(url).origin) wrongs.push(`request to ${to}`);
  });
  return wrongs;
}

/** ask types the question into the playground and waits for its sources. */
export async function ask(page, text = question) {
  await page.getByLabel("Question").fill(text);
  await page.keyboard.press("Enter");
  await page.locator(".source").first().waitFor();
}

/** accessible holds the page as it now is against every rule of axe. */
export async function accessible(page) {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const result = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  });
  assert.deepEqual(violations, []);
}

/** answerWith makes a route answer JSON, as a Space in another state would. */
export function answerWith(pattern, status, body, headers = {}) {
  return (page) => page.route(pattern, (route) => route.fulfill({ status, headers, json: body }));
}
