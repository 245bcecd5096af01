import assert from "node:assert/strict";
import { test } from "node:test";
import { answerWith, ask, question, visit } from "./browser.mjs";

test("a question gets an answer with sources, and a source opens at its passage", () =>
  visit("/", async (page) => {
    await page.waitForURL("**/playground");
    await ask(page);

    const first = page.locator(".source").first();
    assert.match(await first.innerText(), /opening-hours\.md/);
    assert.match(await first.innerText(), /line/);
    assert.match(await first.innerText(), /0\.\d\d/);
    assert.match(await page.locator(".prose").innerText(), /Tuesday to Sunday/);
    assert.match(await page.locator(".numbers").innerText(), /Search[\s\S]+Total[\s\S]+Tokens/);

    await page.getByRole("button", { name: "Source 1", exact: true }).first().click();
    const drawer = page.getByRole("dialog");
    await drawer.getByRole("heading", { name: "opening-hours.md" }).waitFor();
    assert.match(await drawer.locator("mark").innerText(), /Tuesday to Sunday/);
    assert.ok(await drawer.locator("mark").isVisible());
    await drawer.locator(".skeleton").first().waitFor({ state: "detached" });
    assert.equal(await drawer.getByRole("alert").count(), 0, "the passage's surroundings were loaded");
  }));

test("a passage is shown within the text around it, without what its neighbours repeat", () =>
  visit("/playground", async (page) => {
    await ask(page, "Who repaired the roof after the storm of November 1931?");
    await page.locator(".source", { hasText: "history.md" }).first().click();
    const passage = page.locator(".passage");
    await passage.locator(".skeleton").first().waitFor({ state: "detached" });
    const text = await passage.innerText();
    assert.match(await passage.locator("mark").innerText(), /Jonas Ekdal/);
    assert.ok(text.length > (await passage.locator("mark").innerText()).length + 200, "there is text around the passage");
    assert.equal(text.split("Jonas Ekdal repaired the roof").length, 2, "the sentence stands there once");
  }));

test("the main job can be done with the keyboard alone", () =>
  visit("/playground", async (page) => {
    await page.getByLabel("Question").waitFor();
    const focus = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
    const tabTo = async (selector) => {
      for (let i = 0; i < 40; i++) {
        if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) return;
        await page.keyboard.press("Tab");
      }
      assert.fail(`Tab does not reach ${selector}`);
    };
    await page.keyboard.press("Tab");
    assert.equal(await focus(), "Skip to content");
    await page.keyboard.press("Enter");
    await tabTo("textarea");
    await page.keyboard.type(question);
    await page.keyboard.press("Enter");
    await page.locator(".source").first().waitFor();
    await tabTo("button.cite");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    assert.ok(await page.evaluate(() => document.querySelector("dialog[open]").contains(document.activeElement)));
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.ok(await page.evaluate(() => document.activeElement.matches("button.cite")), "the focus is back on the chip");
    await tabTo(".source");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
  }));

test("the drawer moves from source to source", () =>
  visit("/playground", async (page) => {
    await page.getByRole("button", { name: "Options" }).click();
    await page.getByLabel("Minimum score").fill("0");
    await ask(page);
    await page.locator(".source").first().click();
    const drawer = page.getByRole("dialog");
    await drawer.getByText("Source 1 of").waitFor();
    await drawer.getByRole("button", { name: "Next source" }).click();
    await drawer.getByText("Source 2 of").waitFor();
    assert.ok(await drawer.getByRole("button", { name: "Previous source" }).isEnabled());
  }));

test("options go with the question, and the request can be read as curl and as JSON", () =>
  visit("/playground", async (page) => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Options" }).click();
    await page.getByLabel("Passages").fill("1");
    await page.getByLabel("Search by").selectOption("lexical");
    const sent = page.waitForRequest((r) => r.method() === "POST");
    await ask(page);
    const body = (await sent).postDataJSON();
    assert.deepEqual([body.limit, body.extras, body.stop_sequences, body.max_tokens], [1, { search: "lexical" }, [], 800]);
    assert.equal(await page.locator(".source").count(), 1);

    await page.getByRole("button", { name: "Copy as curl" }).click();
    await page.getByText("Copied").waitFor();
    const curl = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(curl, /^curl -sS 'http.+\/query'/);
    assert.match(curl, /"limit":1/);
    await page.getByRole("button", { name: "Raw JSON" }).click();
    assert.match(await page.getByRole("dialog").innerText(), /"references"/);
  }));

test("an answer being written can be stopped", () =>
  visit(
    "/playground",
    async (page) => {
      await page.getByLabel("Question").fill(question);
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Stop" }).click();
      await page.locator("p.muted", { hasText: "You stopped this answer." }).waitFor();
      assert.ok(await page.getByRole("button", { name: "Ask" }).isVisible());
    },
    { setup: (page) => page.route("**/query", () => {}) },
  ));

/** stream writes frames as the API streams them, a comment that keeps the connection alive among them. */
const stream = (...frames) => (page) =>
  page.route("**/query", (route) =>
    route.fulfill({
      contentType: "text/event-stream",
      body: [...frames.map((frame) => `data: ${JSON.stringify(frame)}`), ": keep-alive", "data: [DONE]", ""].join("\n\n"),
    }),
  );
const piece = (content) => ({ choices: [{ index: 0, delta: { content } }] });

test("the pieces of a stream become one answer with its sources", () =>
  visit("/playground", async (page) => {
    await ask(page);
    assert.equal((await page.locator(".prose").innerText()).trim(), "Open on Tuesdays 1.");
    assert.match(await page.locator(".numbers").innerText(), /12 in, 5 out/);
    assert.match(await page.locator(".source").innerText(), /pages 3\u20135 \u00b7 Visiting \u203a Hours/);
  }, {
    setup: stream(piece("Open on"), piece(" Tuesdays ["), piece("1]."), {
      done: true,
      references: {
        documents: [
          {
            document_id: "a_0", content: "It is open on Tuesdays.", similarity_score: 0.8,
            metadata: { file_name: "a.pdf", page_numbers: [3, 4, 5], headings: ["Visiting", "Hours"] },
          },
        ],
        provider_info: { response_time_ms: 2, search_engine: "chromem", notes: [] },
      },
      usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 },
      finish_reason: "stop",
    }),
  }));

test("a stream that fails keeps what has come and says why it ended", () =>
  visit("/playground", async (page) => {
    await page.getByLabel("Question").fill(question);
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("The model took too long.").waitFor();
    assert.match(await page.locator(".prose").innerText(), /Open on/);
    assert.ok(await page.getByRole("button", { name: "Try again" }).isEnabled());
  }, { setup: stream(piece("Open on"), { error: { status: 504, detail: "The model took too long." } }) }));

test("nothing in an answer is trusted", () => {
  const content =
    'An <img src="https://example.com/a.png" onerror="alert(1)"> and ![a picture](https://example.com/b.png), ' +
    "[a trap](javascript:alert(1)), <script>alert(1)</script> [1], [7], [1](https://example.com/c).";
  const documents = [{ document_id: "a_0", content: "A passage.", metadata: { file_name: "a.md" }, similarity_score: 0.9 }];
  const answer = {
    summary: { model: "m", message: { content }, finish_reason: "stop", usage: null },
    references: { documents, provider_info: { response_time_ms: 1, search_engine: "chromem", notes: [] } },
  };
  return visit(
    "/playground",
    async (page) => {
      await ask(page);
      const prose = page.locator(".prose");
      await prose.waitFor();
      assert.equal(await prose.locator("img, script").count(), 0);
      assert.match(await prose.innerText(), /<script>alert\(1\)<\/script>/);
      assert.equal(await prose.locator("button.cite").count(), 1, "only numbers that have a source become chips");
      assert.match(await prose.innerText(), /\[7\]/);
      const targets = await prose.locator("a[href]").evaluateAll((links) => links.map((a) => a.getAttribute("href")));
      assert.deepEqual(targets, ["https://example.com/b.png", "https://example.com/c"]);
    },
    { setup: answerWith("**/query", 200, answer) },
  );
});
