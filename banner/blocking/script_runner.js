/** Run blocked scripts that may run now, in the queue of their vendor, and record which vendors' code runs. */
import { isRefused } from "../decision/vendor_answers.js";
import { addressOf, allowedScripts, blocker, queueOf, restoreAttributes } from "./unmarked_content.js";
import { acts } from "../acts_payload.js";
import { own } from "../decision/groups.js";
import { delayMark, ownType, whenDelayedRan } from "./delayed_scripts.js";
import { replayMissedEvents } from "./missed_events.js";
import { enqueueJob, isBusy, whenLoaded } from "./load_queue.js";
import { CONSENT_KEY, findAll, page, webAddress } from "../page/safe_dom.js";
import { fillScript } from "./script_elements.js";
import { state } from "../state.js";
import { resendConsent, sendDefault } from "../vendors/vendor_consent.js";
import { anyVendorOf, isUnmarked, nodeBlockReason, released } from "./node_answers.js";

/** @type {Set<string>} the groups of scripts that ran and whose vendor is unknown */
const unknownGroups = new Set();
/** @type {Set<HTMLScriptElement>} scripts that may run and wait in a queue */
const queued = new Set();
/** @type {Set<HTMLElement>} scripts that another script has inserted: it would run them even where they are removed since */
export const added = new Set();
/** @type {Set<string>} addresses of unmarked scripts that were blocked and ran */
const ran = new Set();
let lastLine = "";

/**
 * Run a script in its queue: its vendor's, whether it names that or comes from its host, its host's, or, for an inline
 * one, that of the script before it.
 *
 * @param {HTMLScriptElement} script
 */
export function queueScript(script) {
  const mark = delayMark(script);
  if (mark) void whenDelayedRan(mark).then(() => queueNow(script));
  else queueNow(script);
}

/** @param {HTMLScriptElement} script */
function queueNow(script) {
  const address = addressOf(script);
  const line = script.dataset.vendor || (address ? queueOf(address) : lastLine);
  lastLine = line;
  queued.add(script);
  if (address && isBusy(line)) preload(script, address);
  enqueueJob(script.hasAttribute("async") ? script : line, () => {
    queued.delete(script);
    // Between the decision and its turn, the visitor may have changed their mind.
    if (!nodeBlockReason(script)) return isUnmarked(script) && script.hasAttribute("src") ? runUnmarked(script) : runScript(script);
    released.delete(script);
  });
}

/**
 * Have the browser download a script that waits for those before it: their order is kept, and none waits for a download.
 *
 * @param {HTMLScriptElement} script
 * @param {string} address
 */
function preload(script, address) {
  const { crossOrigin, dataset, integrity, nonce, referrerPolicy, type } = script;
  const link = page.createElement("link");
  const isModule = [type, ownType(script), dataset.type].includes("module");
  Object.assign(link, { rel: isModule ? "modulepreload" : "preload", as: "script", crossOrigin, integrity, nonce, referrerPolicy, href: address });
  /** @type {any} */ (link)[CONSENT_KEY] = 1; // or the blocker would hold it
  page.head.append(link);
}

/** Return whether a script of an unknown vendor, which no call can stop, ran for a group that is refused. */
export function isUnknownCodeRunning() {
  return [...unknownGroups].some((group) => isRefused(group, null));
}

/**
 * Run an unmarked script in place: one that had begun before it was blocked does not run a second time.
 *
 * @param {HTMLScriptElement} script
 */
function runUnmarked(script) {
  const address = addressOf(script);
  const isAdded = added.delete(script);
  // Of a tag in the head a framework may have put a copy beside the one that waits, which it does not know again.
  const isInHead = script.parentNode === page.head;
  const isCopy = (ran.has(address) && (isInHead ? blocker?.added.has(script) : isAdded && !script.isConnected)) || (allowedScripts.has(address) && isInHead);
  if (isCopy) return void script.removeAttribute("data-consent");
  if (isAdded && !script.isConnected) page.head.append(script);
  ran.add(address);
  // What came as text bears the blocker's mark first, and may have been parsed where no script ever starts: jQuery starts
  // such scripts itself, but not those that are held.
  // One that a script has made may bear it first as well, and is run in place: its loader listens to it.
  const isWritten = script.attributes[0].name === "data-consent" && !blocker?.added.has(script);
  return isWritten || blocker?.parsed.has(script) ? runScript(script, isWritten) : runInPlace(script);
}

/** @param {HTMLScriptElement} script */
function runInPlace(script) {
  if (!script.isConnected || !isTrusted(script)) return;
  const answer = registerCode(script);
  const done = whenLoaded(script);
  replayMissedEvents(script, done);
  released.delete(script); // a framework may bring it anew
  restoreAttributes(script);
  return done.then(answer);
}

/**
 * @param {HTMLScriptElement} script what is marked, or inline
 * @param {boolean} [replays] whether it is called for events that it missed
 */
function runScript(script, replays) {
  if (!script.isConnected || !isTrusted(script)) return;
  const address = webAddress(script.dataset.src || script.getAttribute("src"));
  const copy = page.createElement("script");
  for (const { name, value } of script.attributes) {
    if (!/^(type|src|nonce|data-(consent|src|held-\w+))$/.test(name)) copy.setAttribute(name, value);
  }
  const type = ownType(script) || script.dataset.type;
  if (type) copy.type = type;
  copy.nonce = script.nonce;
  /** @type {any} */ (copy)[CONSENT_KEY] = 1; // or the blocker would hold it
  fillScript(copy, address, script.text);
  const answer = registerCode(script);
  const done = whenLoaded(copy);
  // Inline code is done once it is in the page.
  if (replays || !address) replayMissedEvents(copy, address ? done : Promise.resolve());
  released.add(copy); // morphing may write the marks on it that it came with
  // React, which marks a node that it holds by properties of its own, fails with the whole page where it finds one gone.
  if (Object.keys(script).length) script.before(copy);
  else script.replaceWith(copy);
  if (address) return done.then(answer);
  answer();
}

/**
 * Record that the code of `node` runs.
 *
 * @param {HTMLElement} node
 * @returns {() => void} what sends its vendor its answer: after it, since a snippet may do nothing where it finds a stub of ours,
 *   and after the last that waits, since a library that nobody has started yet may do nothing either
 */
export function registerCode(node) {
  const vendor = anyVendorOf(node);
  if (!vendor || !own(acts().vendors, vendor)) {
    for (const group of (node.dataset.consent || "").split(/[\s,]+/)) unknownGroups.add(own(state._decision.groups, group) ? group : "advertising");
    return () => {};
  }
  sendDefault(vendor);
  return () => void ([...queued].some((script) => anyVendorOf(script) === vendor) || resendConsent(vendor));
}

/**
 * Return whether the page's CSP would have let this script run. Where our own script has a nonce, another must bear
 * the same: else markup that somebody slipped into the page would run through us, also where ours came without one into a page
 * of nonces, as 'strict-dynamic' lets it. One that a script of the page has given its address is that script's.
 *
 * @param {HTMLScriptElement} script
 */
export function isTrusted(script) {
  const mayRun = state._nonce ? script.nonce === state._nonce : !findAll(page, "script").some((one) => one.nonce);
  return mayRun || blocker?.added.has(script);
}
