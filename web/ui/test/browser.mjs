// Opens pages in the system's Chromium and fails a test on anything a page must never do:
// an error on the console, a breach of the content security policy, a request to another host.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import assert from "node:assert/strict";
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

export const url = process.env.SYFT_URL?.replace(/\/$/, "");

export const wide = { width: 1280, height: 900 };
export const narrow = { width: 390, height: 844 };

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
}

/** open gives a page in a fresh context, and what it did wrong so far. */
export async function open(browser, { viewport = wide, colorScheme = "light", path = "/" } = {}) {
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const wrongs = [];
  const origin = new URL(url).origin;
  // A refusal that a test provokes is logged by Chromium as a failed resource, which is no error of the page.
  page.on("console", (message) => {
    const provoked = message.text().startsWith("Failed to load resource");
    if (["error", "warning"].includes(message.type()) && !provoked) wrongs.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => wrongs.push(`uncaught: ${error}`));
  page.on("request", (request) => {
    const to = new URL(request.url());
    if (/^https?:$/.test(to.protocol) && to.origin !== origin) wrongs.push(`request to another host: ${to}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) =>
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
  await page.goto(url + path);
  return { page, wrongs, close: () => context.close() };
}

/** accessible holds the page as it now is against every rule of axe. */
export async function accessible(page, state) {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const result = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return result.violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.target.join(" ")).join(", ")})`);
  });
  assert.deepEqual(violations, [], `axe on ${state}`);
}
