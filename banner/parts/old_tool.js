/**
 * Do nothing while the site's former consent tool still runs: docs/moving.md. Loaded only if the owner has named that
 * tool. Refusals made there are unknown here, so nothing optional runs on such a page, unless a mapping imports the
 * answer.
 */
import { countEvent } from "../choice/queue.js";
import { holdWhile } from "../decision/held_decision.js";
import { evaluate } from "../decision/precomputed.js";
import { BANNERS } from "../moving/old_banners.js";
import { findAll, page, quiet } from "../page/safe_dom.js";
import { state } from "../state.js";

const CHECK_MS = 200;
/** How long after the page has loaded the tool may still start: many start on load, some a little later. */
const GRACE_MS = 2000;
/** Some pages never finish loading; this ends the wait. */
const MOST_MS = 10_000;
const WATCH_MS = 60_000;
/**
 * The globals that the tool's own code defines where it runs, by name or path.
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
/** @type {boolean | undefined} undefined while unknown */
let runs;

/** @param {(begin: () => void) => void} later */
export default function start(later) {
  const facts = state._payload.old_tool;
  if (!facts) return;
  tool = facts.tool;
  holdWhile(() => runs !== false && !(facts.taken && state._choice));
  later(watch);
}

/** Look until the tool appears; if it doesn't, continue without it, and look for a while longer. */
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

/** Return whether the tool runs in this page. A stored answer is no sign of that, since it outlives the tool. */
function isHere() {
  return GLOBALS[tool].some((path) => isMade(path)) || findAll(page, BANNERS[tool]).length > 0;
}

/**
 * Return whether `window` has something at `path` other than an element, which the page may have given that name.
 *
 * @param {string} path
 */
function isMade(path) {
  /** @type {any} */
  let value = window;
  for (const name of path.split(".")) value = value?.[name];
  return !!value && !(value instanceof Element);
}
