// Builds ../dist from src. `node build.mjs` builds; `--check` also holds the result against the budgets.
// The same sources give the same bytes everywhere, so that CI can compare a rebuild with what is committed.

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../dist");

// Each page and each part that is loaded on demand has a stable name; only what they share carries a hash.
const entryPoints = {
  app: "src/main.tsx",
  playground: "src/pages/playground/Playground.tsx",
  markdown: "src/markdown.ts",
};

// The page a person lands on counts as loaded first, together with everything it imports.
const first = ["app", "playground"];
const budgets = { "first JavaScript": 45, CSS: 14, "whole dist": 200 };
const longestBuild = 3000;

const began = performance.now();
await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const outputs = { ...(await bundleScripts()), ...(await bundleStyles()) };
await writePage(outputs);
await writeFile(join(dist, "licenses.txt"), await licenses(outputs));
await writeFile(join(dist, "BUILD.json"), `${JSON.stringify({ inputs: await hashInputs() }, null, 2)}\n`);
const took = performance.now() - began;

const failed = await report(outputs, took);
if (process.argv.includes("--check") && failed) process.exitCode = 1;

function common() {
  return {
    absWorkingDir: here,
    outdir: dist,
    bundle: true,
    minify: true,
    metafile: true,
    target: ["chrome123", "firefox120", "safari17.5"],
    legalComments: "none",
    logLevel: "warning",
  };
}

async function bundleScripts() {
  const result = await esbuild.build({
    ...common(),
    entryPoints,
    format: "esm",
    splitting: true,
    chunkNames: "chunk-[hash]",
    jsx: "automatic",
    jsxImportSource: "preact",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  return result.metafile.outputs;
}

async function bundleStyles() {
  const result = await esbuild.build({ ...common(), entryPoints: { app: "src/styles/app.css" } });
  return result.metafile.outputs;
}

/** writePage copies index.html and announces the chunks that app.js imports, which saves a round trip. */
async function writePage(outputs) {
  const page = await readFile(join(here, "src/index.html"), "utf8");
  const links = [...closure(outputs, ["app"])]
    .filter((name) => name !== "app.js")
    .sort()
    .map((name) => `<link rel="modulepreload" href="{{.Assets}}/${name}">`);
  await writeFile(join(dist, "index.html"), page.replace("<!-- preload -->", links.join("\n")));
}

/** closure lists the files that the named entries import at once, themselves included. */
function closure(outputs, entries) {
  const byName = Object.fromEntries(Object.entries(outputs).map(([path, output]) => [nameOf(path), output]));
  const found = new Set();
  const visit = (name) => {
    if (found.has(name)) return;
    found.add(name);
    for (const { path, kind } of byName[name].imports) if (kind === "import-statement") visit(nameOf(path));
  };
  for (const entry of entries) visit(`${entry}.js`);
  return found;
}

function nameOf(path) {
  return relative(dist, join(here, path));
}

/** licenses gathers the licence of every package of which code went into the build. */
async function licenses(outputs) {
  const packages = new Set();
  for (const output of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const match = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path);
      if (match && bytesInOutput > 0) packages.add(match[1]);
    }
  }
  const texts = await Promise.all([...packages].sort().map(license));
  return `The dashboard contains code from these packages.\n${texts.join("")}`;
}

async function license(name) {
  const folder = join(here, "node_modules", name);
  const { version, license: id, homepage = "" } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((f) => /^licen[cs]e/i.test(f));
  const text = file ? await readFile(join(folder, file), "utf8") : "";
  const clean = text.replaceAll("\r\n", "\n").replace(/[ \t]+$/gm, "").trim();
  return `\n${"-".repeat(78)}\n${name} ${version} (${id}) ${homepage}\n\n${clean}\n`;
}

/** hashInputs is computed by web_test.go in the same way; a difference means that dist is stale. */
async function hashInputs() {
  const files = (await readdir(here, { recursive: true, withFileTypes: true }))
    .filter((f) => f.isFile())
    .map((f) => relative(here, join(f.parentPath, f.name)).replaceAll("\\", "/"))
    .filter((path) => !/^(node_modules|test)\//.test(path))
    .sort();
  const all = createHash("sha256");
  for (const path of files) {
    const content = (await readFile(join(here, path), "utf8")).replaceAll("\r\n", "\n");
    all.update(`${createHash("sha256").update(content).digest("hex")}  ${path}\n`);
  }
  return all.digest("hex");
}

/** report prints the sizes in KB as gzip makes them, and tells whether one is over its budget. */
async function report(outputs, took) {
  const sizes = {};
  for (const name of await readdir(dist)) sizes[name] = gzipSync(await readFile(join(dist, name)), { level: 9 }).length;
  const sum = (names) => [...names].reduce((total, name) => total + sizes[name], 0) / 1000;
  const measured = {
    "first JavaScript": sum(closure(outputs, first)),
    CSS: sum(["app.css"]),
    "whole dist": sum(Object.keys(sizes)),
  };
  let failed = false;
  for (const [what, limit] of Object.entries(budgets)) {
    const over = measured[what] > limit;
    failed ||= over;
    console.log(`${over ? "OVER  " : "ok    "}${what}: ${measured[what].toFixed(1)} KB gzip of ${limit}`);
  }
  const slow = took > longestBuild;
  console.log(`${slow ? "SLOW  " : "ok    "}build: ${Math.round(took)} ms of ${longestBuild}`);
  return failed || slow;
}
