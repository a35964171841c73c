// Builds the banner's scripts and icon reproducibly to the byte, and prints their sizes.
//   node tools/build-banner.mjs           writes static/ and the icon in the templates
//   node tools/build-banner.mjs --check   writes nothing, fails if they don't match the sources

import { build } from "esbuild";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { minify } from "terser";
import { SHAPES } from "../banner/ui/choices_icon.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const FRAME = { viewBox: "0 0 30 14", width: 30, height: 14, "aria-hidden": true };
const PARTS = readdirSync(join(root, "banner/parts")).map((file) => file.replace(/\.js$/, ""));

/**
 * Bundle `entry` as the body of a function of our own, so that its top-level names are shortened like any others.
 *
 * @param {string} entry
 * @param {object} [options]
 */
async function bundle(entry, options) {
  const result = await build({
    stdin: { contents: entry, resolveDir: root, sourcefile: "entry.js" },
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    // `_name` and `name_` are always ours. Standard names (`__tcfapi`, `__gpp`) begin with two underscores and are
    // kept.
    mangleProps: /^_[a-z]|[a-z]_$/i,
    mangleCache: {},
    logLevel: "warning",
    ...options,
  });
  // Minifying again with terser saves some 2 % after compression.
  const { code } = await minify(result.outputFiles[0].text, { ecma: 2020, module: true, compress: { passes: 2, unsafe_arrows: true } });
  return {
    code: code.trim().replace(/;$/, ""),
    inputs: Object.keys(result.metafile.inputs).filter((path) => path.startsWith("banner/")),
    mangleCache: result.mangleCache,
  };
}

/**
 * Return the names that `modules` import from modules of the core, by core module.
 *
 * @param {string[]} modules
 * @param {Set<string>} core
 */
function importsFromCore(modules, core) {
  /** @type {Map<string, Set<string>>} */
  const found = new Map();
  for (const path of modules) {
    const text = readFileSync(join(root, path), "utf8");
    for (const [, names, from] of text.matchAll(/^import \{([^}]*)\} from "(\.[^"]*)"/gms)) {
      const target = relative(root, resolve(root, dirname(path), from));
      if (!core.has(target)) continue;
      if (!found.has(target)) found.set(target, new Set());
      const wanted = names.split(",").map((name) => name.trim());
      for (const name of wanted) if (name && !numbersIn(target).has(name)) found.get(target).add(name);
    }
  }
  return found;
}

/**
 * Return the numeric constants that the module at `path` exports: a part gets its own copies instead of the core's.
 *
 * @param {string} path
 */
function numbersIn(path) {
  const lines = readFileSync(join(root, path), "utf8").matchAll(/^export const (\w+) = [\de]+;/gm);
  return new Map([...lines].map(([line, name]) => [name, line]));
}

/**
 * An esbuild plugin that makes a part take its imports from the core out of `K`, which the core passes to it.
 *
 * @param {Map<string, Set<string>>} kit
 * @param {string[]} names in the order of `K`
 */
const takenFromCore = (kit, names) => ({
  name: "core",
  setup(/** @type {import("esbuild").PluginBuild} */ { onResolve, onLoad }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const target = relative(root, resolve(resolveDir, path));
      return kit.has(target) ? { path: target, namespace: "core" } : undefined;
    });
    onLoad({ filter: /./, namespace: "core" }, ({ path }) => {
      const taken = [...kit.get(path)].map((name) => `export const ${name} = K[${names.indexOf(name)}];`);
      return { contents: [...numbersIn(path).values(), ...taken].join("\n") };
    });
  },
});

/**
 * Build the core and the parts; property names that they share are shortened to the same names. A part gets what it needs
 * of the core through `K`, and passes code that waits for the core's start to `L`.
 */
async function buildScripts() {
  const first = await bundle('import start from "./banner/main.js"; start(P, M);');
  const core = new Set(first.inputs);
  const kits = [];
  for (const part of PARTS) {
    const { inputs } = await bundle(`import start from "./banner/parts/${part}.js"; start(L);`);
    kits.push(importsFromCore(inputs.filter((path) => !core.has(path)), core));
  }
  const kit = new Map();
  for (const [path, names] of kits.flatMap((one) => [...one])) kit.set(path, new Set([...(kit.get(path) || []), ...names]));
  const imports = [...kit].filter(([, names]) => names.size).sort().map(([path, names]) => `import { ${[...names].sort().join(", ")} } from "./${path}";`);
  const all = [...kit.values()].flatMap((names) => [...names]).sort();
  if (new Set(all).size < all.length) throw new Error(`two modules of the core give parts the same name: ${all}`);
  const entry = `import start from "./banner/main.js"; ${imports.join("")} start(P, M, [${all}], E);`;
  const main = await bundle(entry);
  // If the page has removed something that the script needs, such as Proxy, the script silently doesn't start.
  const scripts = { "static/banner.js": `(function(P,M,E){try{${main.code}}catch{}})` };
  let cache = main.mangleCache;
  for (const part of PARTS) {
    const options = { plugins: [takenFromCore(kit, all)], mangleCache: cache };
    // A part that loads another part itself has to pass on the exports of the core.
    const built = await bundle(`import start from "./banner/parts/${part}.js"; start(L${part === "tcf" ? ", K" : ""});`, options);
    cache = built.mangleCache;
    scripts[`static/parts/${part}.js`] = `(function(K,L){${built.code}})`;
  }
  // Inlined into pages as they are, inside a function: a block would leak `var` names into the page.
  for (const name of ["blocker", "gpp_stub", "tcf_stub", "handover_stub"]) {
    const { code } = await bundle(`import "./banner/${name}.js";`);
    scripts[`static/${name}.js`] = `(()=>{${code}})()`;
  }
  return scripts;
}

/**
 * Return an SVG element as text.
 *
 * @param {[string, Record<string, unknown>, any[]?]} given its name, attributes and children
 */
function element([name, attributes, inside = []]) {
  const said = Object.entries(attributes).map(([attribute, value]) => ` ${attribute}="${value}"`);
  return `<${name}${said.join("")}${inside.length ? `>${inside.map(element).join("")}</${name}>` : "/>"}`;
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
for (const [target, after] of Object.entries({ ...(await buildScripts()), "consent/api/templates/choices_icon.svg": element(["svg", FRAME, SHAPES]) })) {
  const path = join(root, target);
  const before = existsSync(path) ? readFileSync(path) : null;
  report(target, before, after);
  if (!isCheck) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, after);
  } else if (before?.toString() !== after) {
    console.error(`${target} is not what banner/ gives: run 'make banner' and commit the result.`);
    process.exitCode = 1;
  }
}
