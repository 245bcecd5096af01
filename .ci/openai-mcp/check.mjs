// Uses a running Space as OpenAI's client and the MCP inspector know how to,
// with a real language model behind one of its endpoints.
//
//   node check.mjs URL BINARY DATA_FOLDER DOCUMENTS MODEL_URL
//
// SYFT_ADMIN_API_KEY is the Space's admin key.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import OpenAI from "openai";

const [url, binary, data, documents, modelURL] = process.argv.slice(2);
const key = process.env.SYFT_ADMIN_API_KEY;
const question = "How many months is the warranty of the field lamp L2?";

async function api(method, path, body) {
  const res = await fetch(url + "/api/v1" + path, {
    method,
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  assert.ok(res.ok, `${method} ${path}: ${res.status} ${res.ok ? "" : await res.text()}`);
  return res.json();
}

async function openEndpoint() {
  const dataset = await api("POST", "/datasets", {
    name: "lamps", dtype: "local_file", configuration: { filePaths: [documents] },
  });
  const model = await api("POST", "/models", {
    name: "smol", dtype: "openai", configuration: { model: "smollm2-135m-instruct", base_url: modelURL + "/v1" },
  });
  await api("POST", "/endpoints", {
    name: "Lamps", slug: "lamps", summary: "The manual of the lamps.", dataset_id: dataset.id, model_id: model.id, published: true,
  });
  for (;;) {
    const s = await api("GET", `/ingestion/datasets/${dataset.id}/status`);
    if (s.total_jobs > 0 && s.pending + s.in_progress === 0 && s.chunks_embedded === s.chunks_total) return;
    await new Promise((done) => setTimeout(done, 200));
  }
}

async function openAI() {
  const client = new OpenAI({ baseURL: url + "/v1", apiKey: key, maxRetries: 0 });
  const messages = [{ role: "user", content: question }];

  const models = [];
  for await (const m of client.models.list()) models.push(m.id);
  assert.ok(models.includes("lamps"), `models: ${models}`);
  assert.equal((await client.models.retrieve("lamps")).owned_by, "syft-space");

  const plain = await client.chat.completions.create({ model: "lamps", messages, temperature: 0, max_tokens: 60 });
  assert.match(plain.choices[0].message.content, /27/);
  assert.equal(plain.references.documents.length, 1);
  assert.ok(plain.usage.completion_tokens > 0);

  const stream = client.chat.completions.stream({
    model: "lamps", messages, temperature: 0, max_tokens: 60, stream_options: { include_usage: true },
  });
  let chunks = 0, last;
  for await (const chunk of stream) { chunks++; last = chunk; }
  const whole = await stream.finalChatCompletion();
  assert.ok(chunks > 4, `${chunks} chunks`);
  assert.match(whole.choices[0].message.content, /27/);
  assert.ok(["stop", "length"].includes(whole.choices[0].finish_reason));
  assert.ok(last.usage.total_tokens > 0 && last.references.documents.length === 1);

  const { data: vectors, usage } = await client.embeddings.create({ model: "lamps", input: ["a lamp", "a lantern"] });
  assert.deepEqual(vectors.map((v) => v.embedding.length), [384, 384]);
  assert.ok(usage.total_tokens > 0);

  const missing = await client.chat.completions.create({ model: "nothing", messages }).catch((e) => e);
  assert.ok(missing instanceof OpenAI.NotFoundError && missing.code === "model_not_found", `${missing}`);
  const stranger = await new OpenAI({ baseURL: url + "/v1", apiKey: "wrong", maxRetries: 0 }).models.list().catch((e) => e);
  assert.ok(stranger instanceof OpenAI.AuthenticationError, `${stranger}`);
  const invalid = await client.embeddings.create({ model: "lamps", input: [""] }).catch((e) => e);
  assert.ok(invalid instanceof OpenAI.UnprocessableEntityError && invalid.param === "input.0", `${invalid}`);
  console.log(`openai: ${models.length} models, "${plain.choices[0].message.content.trim()}", ${chunks} chunks`);
}

// inspect runs the inspector's command line and returns what it prints.
function inspect(server, ...args) {
  const out = execFileSync("node_modules/.bin/mcp-inspector", ["--cli", ...server, ...args], { encoding: "utf8" });
  return JSON.parse(out);
}

function inspector(name, ...server) {
  const { tools } = inspect(server, "--method", "tools/list");
  const tool = tools.find((t) => t.name === "lamps");
  assert.match(tool.description, /The manual of the lamps/);
  assert.deepEqual(tool.inputSchema.required, ["question"]);
  const call = (...args) => inspect(server, "--method", "tools/call", "--tool-name", "lamps", ...args.flatMap((a) => ["--tool-arg", a]));
  const answer = call(`question=${question}`, "limit=3");
  assert.match(answer.content[0].text, /Sources:\n\[1\] warranty\.md/);
  assert.equal(answer.structuredContent.references[0].number, 1);
  console.log(`inspector over ${name}: ${tools.length} tools, "${answer.structuredContent.answer.trim()}"`);
}

await openEndpoint();
await openAI();
inspector("http", url + "/mcp", "--transport", "http", "--header", `Authorization: Bearer ${key}`);
inspector("stdio", binary, "mcp", "--data-dir", data);
