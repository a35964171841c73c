/**
 * Import what the visitor answered in the site's former consent tool: docs/moving.md. Loaded only if a user has
 * confirmed the mapping, and used only in a browser without a choice of ours. The choice is in our cookie before
 * anything is decided, so that no banner is painted first; while the old tool's own banner is on the page, ours is not
 * shown.
 */
import { countEvent, enqueue } from "../choice/queue.js";
import { readCookies } from "../choice/read_cookies.js";
import { deleteFromDomains } from "../choice/domain_cookies.js";
import { setCookie, writeChoice } from "../choice/write_cookies.js";
import { refreshDecision } from "../choice/make_choice.js";
import { isoDate } from "../decision/calendar_months.js";
import { newChoice } from "../decision/choice.js";
import { DAY } from "../decision/epoch_days.js";
import { OPTIONAL, own } from "../decision/groups.js";
import { mapCookies } from "../moving/map_answers.js";
import { BANNERS } from "../moving/old_banners.js";
import { removeStored, storedItems } from "../moving/stored_items.js";
import { CONSENT_KEY, findAll, page, quiet } from "../page/safe_dom.js";
import { parts } from "../parts.js";
import { state } from "../state.js";

const CHECK_MS = 500;
/** A version is only numbers, as the service checks again: other text could identify somebody. */
const VERSION = /^\d{1,6}(\.\d{1,4}){0,3}$/;
const BANNER = Object.values(BANNERS).join();

/** @type {{_groups: Record<string, boolean>, _vendors: Record<string, boolean>, _source: object} | undefined} */
let taken;
let isDamaged = false;
/** @type {CSSStyleSheet | undefined} */
let hiding;

/** @param {(begin: () => void) => void} later */
export default function start(later) {
  if (!state._payload.old || hasOwn()) return;
  take();
  later(begin);
}

function hasOwn() {
  return readCookies().some(([name]) => name === "consent_" + state._payload.visit.site);
}

/** Write the choice that the old tool's data amounts to into our cookie, and store what to report about it. */
function take() {
  const { old, visit, resolved, scope = "" } = state._payload;
  const facts = /** @type {import("../types.js").OldFacts} */ (old);
  const cookies = /** @type {[string, string][]} */ (readCookies());
  const stored = storedItems(facts);
  // Nothing deletes a storage item in time, as happens with a cookie: without a date, the age of a grant in it is
  // unknown.
  const bounded = stored.length ? { ...facts, life: null } : facts;
  const mapped = mapCookies(bounded, [...cookies, ...stored], visit.place, () => (isDamaged = true));
  if (!mapped) return;
  const choice = newChoice(0, resolved, mapped.day);
  for (const group of OPTIONAL) {
    const answer = own(mapped.groups, group) ?? null;
    choice.groups[group] = answer;
    choice.keys[group] = answer === null ? "00000000" : facts.keys[group];
  }
  Object.assign(choice.vendors, mapped.vendors);
  writeChoice(visit.site, scope, choice);
  if (!hasOwn()) return; // a browser without cookies is asked, as on every page
  const version = VERSION.test(mapped.version || "") ? mapped.version : null;
  const said_at = mapped.time === null ? null : isoDate(Math.floor(mapped.time / DAY));
  const from = stored.length && !cookies.some(([name]) => name === facts.cookie) ? "storage" : "cookie";
  taken = { _groups: mapped.groups, _vendors: mapped.vendors, _source: { tool: facts.tool, version, said_at, from, mapping: facts.mapping } };
}

/** Queue the receipt, or wait for the old tool's banner. */
function begin() {
  if (isDamaged) countEvent("unreadable");
  if (taken) tell();
  else if (!hasOwn()) waitForOldBanner();
}

function tell() {
  if (!taken) return;
  const { _groups, _vendors, _source } = taken;
  enqueue({ action: "save", method: "import", choices: _groups, vendors: _vendors, layer: 0, conflict_shown: false, keep_proof: false, source: _source });
  state._isDelivered = false;
  let isDone = false;
  if (state._payload.old?.delete) parts.push({ answer: ({ id }) => id && !isDone && (isDone = true) && deleteOld() });
}

/** Delete what the old tool stored, after the receipt is stored: cookies on this host and on each parent domain. */
function deleteOld() {
  const facts = /** @type {import("../types.js").OldFacts} */ (state._payload.old);
  const { tool, cookie } = facts;
  removeStored(facts);
  const isOld = (/** @type {string} */ name) =>
    name === cookie || (tool === "onetrust" && name === "OptanonAlertBoxClosed") || (/^(complianz|iubenda)$/.test(tool) && name.startsWith(cookie));
  for (const [name] of readCookies()) {
    if (!isOld(name)) continue;
    setCookie(name + "=;Max-Age=0");
    deleteFromDomains(name);
  }
}

/** Hide our layer while the old banner is shown, and import the answer given there. */
function waitForOldBanner() {
  let wasShown = false;
  const check = quiet(() => {
    if (state._choice) return end();
    const isShown = findAll(page, BANNER).some(isVisible);
    if (isShown !== wasShown) hide(isShown);
    else if (isShown) hide(true); // a layer that has been painted in the meantime
    if (wasShown && !isShown) takeNow();
    wasShown = isShown;
  });
  const observer = new MutationObserver(check);
  const timer = setInterval(check, CHECK_MS); // a banner may be toggled by a class
  const end = () => {
    observer.disconnect();
    clearInterval(timer);
    hide(false);
  };
  observer.observe(document, { childList: true, subtree: true });
  void check();
}

function takeNow() {
  take();
  if (!taken) return;
  tell();
  refreshDecision();
}

/** @param {HTMLElement} node */
function isVisible(node) {
  const options = { visibilityProperty: true, opacityProperty: true };
  return node.getClientRects().length > 0 && (!node.checkVisibility || node.checkVisibility(options));
}

/** @param {boolean} isOn */
function hide(isOn) {
  if (!hiding) {
    hiding = new CSSStyleSheet();
    hiding.replaceSync(":host{display:none!important}");
  }
  for (const host of findAll(page, "section[data-position]")) {
    const root = /** @type {any} */ (host)[CONSENT_KEY] && host.shadowRoot;
    if (!root) continue;
    const others = root.adoptedStyleSheets.filter((/** @type {CSSStyleSheet} */ one) => one !== hiding);
    root.adoptedStyleSheets = isOn ? [...others, hiding] : others;
  }
}
