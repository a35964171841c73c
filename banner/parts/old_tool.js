/**
 * Stay away where the site's former consent tool still runs: docs/moving.md. It comes only where the owner has named that tool.
 * What visitors refuse there is not known here, so nothing optional runs on such a page, unless a mapping takes their answer over.
 */
import { countEvent } from "../choice/queue.js";
import { holdWhile } from "../decision/held_decision.js";
import { evaluate } from "../decision/precomputed.js";
import { BANNERS } from "../moving/old_banners.js";
import { findAll, page, quiet } from "../page/safe_dom.js";
import { state } from "../state.js";

const CHECK_MS = 200;
/** How long after the page has loaded the tool may still start: many do as the page is ready, some a little later. */
const GRACE_MS = 2000;
/** A page may never have loaded: then it is no longer waited for. */
const MOST_MS = 10_000;
const WATCH_MS = 60_000;
/**
 * What the tool's own code makes in `window`, where it runs: a name, or a path.
 *
 * @type {Record<string, string[]>}
 */
const GLOBALS = {
  onetrust: ["OneTrust"],
  cookiebot: ["Cookiebot"],
  cookieyes: ["getCkyConsent"],
  didomi: ["Didomi"],
  klaro: ["klaro"],
  "vanilla-cookieconsent": ["CookieConsent", "initCookieConsent"],
  complianz: ["complianz"],
  iubenda: ["_iub.cs.api"],
  orejime: ["orejime", "Orejime"],
  tarteaucitron: ["tarteaucitron"],
  usercentrics: ["UC_UI"],
  osano: ["Osano.cm"],
};

let tool = "";
/** @type {boolean | undefined} undefined as long as nobody knows */
let runs;

/** @param {(begin: () => void) => void} later */
export default function start(later) {
  const facts = state._payload.old_tool;
  if (!facts) return;
  tool = facts.tool;
  holdWhile(() => runs !== false && !(facts.taken && state._choice));
  later(watch);
}

/** Look until the tool is seen; where it does not come, go on without it, and look a while longer. */
function watch() {
  const began = performance.now();
  /** @type {number | undefined} */
  let loaded;
  const check = quiet(() => {
    const now = performance.now();
    if (page.readyState === "complete") loaded ??= now;
    if (isHere()) settle(true);
    else if (runs === undefined && (now - began > MOST_MS || now - (loaded ?? now) > GRACE_MS)) settle(false);
    if (runs || now - began > WATCH_MS) clearInterval(timer);
  });
  const timer = setInterval(check, CHECK_MS);
  void check();
}

/** @param {boolean} isRunning */
function settle(isRunning) {
  runs = isRunning;
  if (runs) countEvent("old_tool");
  evaluate();
  void state._follow?.();
}

/** Return whether the tool runs in this page: an answer that it has kept alone is no sign, since that outlives it. */
function isHere() {
  return GLOBALS[tool].some((path) => isMade(path)) || findAll(page, BANNERS[tool]).length > 0;
}

/**
 * Return whether `window` has something at `path` that is no element: the page may have given one that name.
 *
 * @param {string} path
 */
function isMade(path) {
  /** @type {any} */
  let value = window;
  for (const name of path.split(".")) value = value?.[name];
  return !!value && !(value instanceof Element);
}
