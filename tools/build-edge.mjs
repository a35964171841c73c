// Builds the worker for nginx's njs from the script's sources: static/consent_edge.js.
//   node tools/build-edge.mjs           writes it
//   node tools/build-edge.mjs --check   writes nothing, fails if it doesn't match the sources

import swc from "@swc/core";
import { build } from "esbuild";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = "static/consent_edge.js";
const HEAD = `// Decisions at the edge, for nginx's njs: docs/edge.md tells about it. Built from banner/edge; do not edit.\n`;

// njs 0.8 doesn't support destructuring, spread, default values or for-of.
const assumptions = { setSpreadProperties: true, objectRestNoSymbols: true, ignoreFunctionLength: true };

/** There is no page with cookies to read: the worker gets its input as arguments. */
const withoutPage = {
  name: "without-page",
  setup(/** @type {import("esbuild").PluginBuild} */ { onLoad }) {
    onLoad({ filter: /banner\/choice\/read_cookies\.js$/ }, () => ({ contents: "export const readCookies = () => [];" }));
  },
};
const options = { entryPoints: ["banner/edge/worker.js"], absWorkingDir: root, bundle: true, write: false, format: "esm", target: "es2022", legalComments: "none", plugins: [withoutPage] };
const { outputFiles } = await build(options);
const { code } = await swc.transform(outputFiles[0].text, { jsc: { parser: { syntax: "ecmascript" }, target: "es5", assumptions }, isModule: true, swcrc: false });
const after = HEAD + code;
const path = join(root, target);
const before = existsSync(path) ? readFileSync(path, "utf8") : null;
console.log(`${target}: raw ${after.length}`);
if (!process.argv.includes("--check")) writeFileSync(path, after);
else if (before !== after) {
  console.error(`${target} is not what banner/ gives: run 'make banner' and commit the result.`);
  process.exitCode = 1;
}
