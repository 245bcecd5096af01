import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, answerWith, ask, looks, question, visit } from "./browser.mjs";

const endpoints = "**/api/v1/endpoints/?*";
const noEndpoint = { items: [], total: 0, skip: 0, limit: 1000 };

for (const look of looks) {
  test(`every state is accessible at ${look.name}`, async (t) => {
    await t.test("question, answer, options, drawers", () =>
      visit(
        "/playground",
        async (page) => {
          await page.getByLabel("Question").waitFor();
          await accessible(page);
          await ask(page);
          await page.getByRole("button", { name: "Options" }).click();
          await accessible(page);
          await page.locator(".source").first().click();
          await page.getByRole("dialog").locator(".skeleton").first().waitFor({ state: "detached" });
          await accessible(page);
          await page.keyboard.press("Escape");
          await page.getByRole("button", { name: "Raw JSON" }).click();
          await accessible(page);
        },
        look,
      ));
    await t.test("menu", { skip: look.viewport.width > 720 }, () =>
      visit(
        "/playground",
        async (page) => {
          await page.getByRole("button", { name: "Open menu" }).click();
          await accessible(page);
        },
        look,
      ));
    await t.test("no such page", () =>
      visit("/nowhere", async (page) => {
        await page.getByRole("heading", { name: "There is no such page" }).waitFor();
        await accessible(page);
      }, look));
    await t.test("no endpoint", () =>
      visit(
        "/playground",
        async (page) => {
          await page.getByText("syft-space quickstart").waitFor();
          await accessible(page);
        },
        { ...look, setup: answerWith(endpoints, 200, noEndpoint) },
      ));
    await t.test("an error", () =>
      visit(
        "/playground",
        async (page) => {
          await page.getByRole("alert").waitFor();
          await accessible(page);
        },
        { ...look, setup: answerWith(endpoints, 500, { detail: "Internal Server Error" }) },
      ));
    await t.test("login", () =>
      visit(
        "/playground",
        async (page) => {
          await page.getByLabel("Admin key").waitFor();
          await accessible(page);
        },
        { ...look, setup: answerWith(endpoints, 401, { detail: "Admin API key required" }) },
      ));
  });
}

test("an error says what happened, names the request and can be retried", async () => {
  let calls = 0;
  await visit(
    "/playground",
    async (page) => {
      const alert = page.getByRole("alert");
      await alert.waitFor();
      assert.match(await alert.innerText(), /The disk is full\.[\s\S]*req-7/);
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByLabel("Question").waitFor();
    },
    {
      setup: (page) =>
        page.route(endpoints, (route) =>
          calls++ ? route.continue() : route.fulfill({ status: 500, headers: { "X-Request-Id": "req-7" }, json: { detail: "The disk is full." } }),
        ),
    },
  );
});

test("a rate limit counts down before it lets one retry", () =>
  visit(
    "/playground",
    async (page) => {
      await page.getByLabel("Question").fill(question);
      await page.keyboard.press("Enter");
      const retry = page.getByRole("button", { name: /^Try again/ });
      await page.getByText("Too many requests").waitFor();
      assert.match(await retry.innerText(), /in [12] s/);
      assert.ok(await retry.isDisabled());
      await page.getByRole("button", { name: "Try again", exact: true }).waitFor({ timeout: 4000 });
      assert.ok(await retry.isEnabled());
    },
    {
      setup: answerWith("**/query", 429, { detail: "Rate limit exceeded. Retry after 2 seconds." }, { "Retry-After": "2" }),
    },
  ));

test("a Space that is gone is said to be unreachable", () =>
  visit(
    "/playground",
    async (page) => {
      await page.getByText("The Space cannot be reached").waitFor();
      await page.getByText("Not reachable").first().waitFor();
    },
    { setup: (page) => page.route("**/api/v1/**", (route) => route.abort()) },
  ));

test("signing in sends the key and goes on with the session's token", async () => {
  let signedIn = false;
  await visit(
    "/playground",
    async (page) => {
      await page.getByLabel("Admin key").fill("wrong");
      await page.keyboard.press("Enter");
      await page.getByText("Invalid admin API key").waitFor();
      await page.getByLabel("Admin key").fill("right");
      await page.keyboard.press("Enter");
      await page.getByLabel("Question").waitFor();
      const sent = page.waitForRequest("**/query");
      await ask(page);
      assert.equal((await sent).headers()["x-csrf-token"], "token-1");
    },
    {
      setup: async (page) => {
        await page.route("**/api/v1/auth/session", (route) => {
          signedIn = route.request().postDataJSON().admin_key === "right";
          return signedIn
            ? route.fulfill({ json: { csrf_token: "token-1", expires_at: "2100-01-01T00:00:00Z" } })
            : route.fulfill({ status: 401, json: { detail: "Invalid admin API key" } });
        });
        await page.route(endpoints, (route) =>
          signedIn ? route.continue() : route.fulfill({ status: 401, json: { detail: "Admin API key required" } }),
        );
      },
    },
  );
});

test("the progress of indexing is shown while there is work, and goes when it is done", async () => {
  let looks = 0;
  const status = (completed) => ({
    scanned: true, total_jobs: 8, pending: 8 - completed, in_progress: 0, completed, failed: 0,
    chunks_total: 20, chunks_embedded: 20, eta_seconds: 90, current_file: "a.md", message: null,
  });
  await visit(
    "/playground",
    async (page) => {
      await page.getByText("Indexing: 3 of 8 files, about 2 minutes left").waitFor();
      assert.equal(await page.getByRole("progressbar").getAttribute("value"), "3");
      await accessible(page);
      await page.getByRole("progressbar").waitFor({ state: "detached" });
    },
    { setup: (page) => page.route("**/status", (route) => route.fulfill({ json: status(looks++ < 2 ? 3 : 8) })) },
  );
});
