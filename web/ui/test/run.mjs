// Runs the browser tests against a Space. Without SYFT_URL it builds the program, points a fresh one at
// test/documents in a temporary folder, and stops it afterwards.

import { execFileSync, spawn } from "node:child_process";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const patience = 60_000;

const space = process.env.SYFT_URL ? { url: process.env.SYFT_URL, stop: async () => {} } : await start();
let status = 1;
try {
  await ready(space.url);
  status = await test(space.url);
} finally {
  await space.stop();
}
process.exitCode = status;

async function start() {
  const folder = await mkdtemp(join(tmpdir(), "syft-browser-"));
  const program = join(folder, "syft-space");
  execFileSync("go", ["build", "-o", program, "."], { cwd: join(here, "../../.."), stdio: "inherit" });
  await cp(join(here, "documents"), join(folder, "house"), { recursive: true });

  const port = await freePort();
  const child = spawn(program, ["quickstart", join(folder, "house")], {
    env: { ...process.env, SYFT_DATA_DIR: join(folder, "data"), SYFT_SERVER_PORT: String(port), SYFT_LOG_LEVEL: "warn" },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** ready waits until the first endpoint's documents can be searched. */
async function ready(url) {
  const get = async (path) => (await fetch(url + path)).json();
  const end = Date.now() + patience;
  while (Date.now() < end) {
    try {
      const [endpoint] = (await get("/api/v1/endpoints/")).items;
      const s = endpoint && (await get(`/api/v1/ingestion/datasets/${endpoint.dataset.id}/status`));
      if (s?.completed > 0 && s.pending + s.in_progress === 0 && s.chunks_embedded === s.chunks_total) return;
    } catch {
      // Not listening yet.
    }
    await pause(200);
  }
  throw new Error(`the Space at ${url} was not ready within ${patience / 1000} s`);
}

async function test(url) {
  const files = (await readdir(here)).filter((name) => name.endsWith(".test.mjs")).map((name) => join(here, name));
  const child = spawn(process.execPath, ["--test", "--test-concurrency=1", ...files], {
    env: { ...process.env, SYFT_URL: url },
    stdio: "inherit",
  });
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
}
