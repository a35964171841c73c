// Builds the banner's scripts, byte for byte the same each time, and says what they weigh.
//   node tools/build-banner.mjs           writes static/
//   node tools/build-banner.mjs --check   writes nothing, fails when static/ is not what the sources give

import { build } from "esbuild";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/**
 * banner.js is one expression, `(function(P){…})`: the service appends `(<what this visitor gets>);` to it. So it ends
 * without semicolon or newline. `start` is the default export of banner/main.js.
 * stub.js is inlined into pages as it is.
 */
const SCRIPTS = [
  { source: "banner/main.js", target: "static/banner.js", entry: 'import start from "./banner/main.js"; start(P);', parameter: "P" },
  { source: "banner/stub.js", target: "static/stub.js", entry: 'import "./banner/stub.js";', parameter: "" },
];

/** @param {{entry: string, parameter: string}} script */
async function bundle({ entry, parameter }) {
  const result = await build({
    stdin: { contents: entry, resolveDir: root, sourcefile: "entry.js" },
    absWorkingDir: root,
    bundle: true,
    write: false,
    // Without wrapper: as the only code of our own function its top-level names are shortened like any other.
    format: "esm",
    target: "es2020",
    minify: true,
    legalComments: "none",
    // `_name` and `name_` are ours alone. Names of others (`__tcfapi`, `__gpp`) begin with two and are kept.
    mangleProps: /^_[a-z]|[a-z]_$/i,
    logLevel: "warning",
  });
  const code = result.outputFiles[0].text.trim().replace(/;$/, "");
  return parameter ? `(function(${parameter}){${code}})` : `(function(){${code}})()`;
}

/** @param {string | Buffer} code */
function weigh(code) {
  const bytes = Buffer.from(code);
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } };
  return [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes, best).length];
}

/** @param {string} target @param {Buffer | null} before @param {string} after */
function report(target, before, after) {
  const was = before ? weigh(before) : null;
  const parts = weigh(after).map((size, i) => {
    const change = was && size !== was[i] ? ` (was ${was[i]})` : "";
    return `${["raw", "gzip", "brotli"][i]} ${size}${change}`;
  });
  console.log(`${target}: ${parts.join(", ")}`);
}

const isCheck = process.argv.includes("--check");
for (const script of SCRIPTS) {
  const path = join(root, script.target);
  if (!existsSync(join(root, script.source))) continue;
  const before = existsSync(path) ? readFileSync(path) : null;
  const after = await bundle(script);
  report(script.target, before, after);
  if (!isCheck) writeFileSync(path, after);
  else if (before?.toString() !== after) {
    console.error(`${script.target} is not what banner/ gives: run 'make banner' and commit the result.`);
    process.exitCode = 1;
  }
}
