// Fetches the component behind /docs and /redoc into ../reference. It runs only to change its version:
// the package's one built file is taken from its pinned tarball, without the 127 packages it was built from.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const name = "rapidoc";
const version = "9.3.8";
const integrity = "sha512-eCYEbr1Xr8OJZvVCw8SXl9zBCRoLJbhNGuG5IZTHq/RWAOq/O4MafUCuFEyZHsrhLrlUcGZMa64pyhpib8fQKQ==";

const target = join(dirname(fileURLToPath(import.meta.url)), "../reference");
const folder = await mkdtemp(join(tmpdir(), "reference-"));
try {
  execFileSync("npm", ["pack", `${name}@${version}`, "--silent"], { cwd: folder });
  const tarball = `${name}-${version}.tgz`;
  const found = `sha512-${createHash("sha512").update(await readFile(join(folder, tarball))).digest("base64")}`;
  if (found !== integrity) throw new Error(`${tarball} has ${found}, expected ${integrity}`);
  execFileSync("tar", ["-xzf", tarball], { cwd: folder });

  const read = (path) => readFile(join(folder, "package", path), "utf8");
  const code = await read("dist/rapidoc-min.js");
  await writeFile(join(target, "rapidoc.js"), code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"));
  const licence = await read("LICENSE.txt");
  const parts = await read("dist/rapidoc-min.js.LICENSE.txt");
  await writeFile(join(target, "licenses.txt"), `${name} ${version}\n\n${licence.trim()}\n\nIt contains:\n\n${parts.trim()}\n`);
} finally {
  await rm(folder, { recursive: true });
}
