/** Run blocked scripts that may run now, in their vendor's queue, and record which vendors' code runs. */
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
/** @type {Set<HTMLScriptElement>} scripts that may run and are queued */
const queued = new Set();
/** @type {Set<HTMLElement>} scripts inserted by other scripts: they run even if they have since been removed */
export const added = new Set();
/** @type {Set<string>} addresses of unmarked scripts that were blocked and ran */
const ran = new Set();
let lastLine = "";

/**
 * Run a script in its queue: that of its vendor, named or found by its host, that of its host or, for inline code, that
 * of the previous script.
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
    // The visitor may have changed their mind between the decision and the script's turn.
    if (!nodeBlockReason(script)) return isUnmarked(script) && script.hasAttribute("src") ? runUnmarked(script) : runScript(script);
    released.delete(script);
  });
}

/**
 * Let the browser download a script that waits for earlier ones: they run in order, but their downloads overlap.
 *
 * @param {HTMLScriptElement} script
 * @param {string} address
 */
function preload(script, address) {
  const { crossOrigin, dataset, integrity, nonce, referrerPolicy, type } = script;
  const link = page.createElement("link");
  const isModule = [type, ownType(script), dataset.type].includes("module");
  Object.assign(link, { rel: isModule ? "modulepreload" : "preload", as: "script", crossOrigin, integrity, nonce, referrerPolicy, href: address });
  /** @type {any} */ (link)[CONSENT_KEY] = 1; // otherwise the blocker would hold it
  page.head.append(link);
}

/** Return whether a script of an unknown vendor, which can't be stopped, ran for a group that is refused. */
export function isUnknownCodeRunning() {
  return [...unknownGroups].some((group) => isRefused(group, null));
}

/**
 * Run an unmarked script in place; one that had started before it was blocked doesn't run again.
 *
 * @param {HTMLScriptElement} script
 */
function runUnmarked(script) {
  const address = addressOf(script);
  const isAdded = added.delete(script);
  // A framework may have put a copy next to a waiting tag in the head, which it doesn't recognize.
  const isInHead = script.parentNode === page.head;
  const isCopy = (ran.has(address) && (isInHead ? blocker?.added.has(script) : isAdded && !script.isConnected)) || (allowedScripts.has(address) && isInHead);
  if (isCopy) return void script.removeAttribute("data-consent");
  if (isAdded && !script.isConnected) page.head.append(script);
  ran.add(address);
  // A script from markup has the blocker's mark as its first attribute, and may have been parsed where scripts never start:
  // jQuery starts such scripts itself, but not blocked ones. A script created by another one may also have the mark first,
  // but is run in place, since its loader listens to it.
  const isWritten = script.attributes[0].name === "data-consent" && !blocker?.added.has(script);
  return isWritten || blocker?.parsed.has(script) ? runScript(script, isWritten) : runInPlace(script);
}

/** @param {HTMLScriptElement} script */
function runInPlace(script) {
  if (!script.isConnected || !isTrusted(script)) return;
  const answer = registerCode(script);
  const done = whenLoaded(script);
  replayMissedEvents(script, done);
  released.delete(script); // a framework may insert it again
  restoreAttributes(script);
  return done.then(answer);
}

/**
 * @param {HTMLScriptElement} script marked, or inline
 * @param {boolean} [replays] whether to replay events that it missed
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
  /** @type {any} */ (copy)[CONSENT_KEY] = 1; // otherwise the blocker would hold it
  fillScript(copy, address, script.text);
  const answer = registerCode(script);
  const done = whenLoaded(copy);
  // Inline code has run once it is in the page.
  if (replays || !address) replayMissedEvents(copy, address ? done : Promise.resolve());
  released.add(copy); // morphing may restore its original marks
  // React marks its nodes with its own properties, and breaks the whole page if one of them is gone.
  if (Object.keys(script).length) script.before(copy);
  else script.replaceWith(copy);
  if (address) return done.then(answer);
  answer();
}

/**
 * Record that the code of `node` runs.
 *
 * @param {HTMLElement} node
 * @returns {() => void} a function that sends its vendor the answer: after the script, since a snippet may do nothing if it
 *   finds our stub, and after the vendor's last queued script, since a library that hasn't been started may do nothing either
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
 * Return whether the page's CSP would have allowed this script. If our own script has a nonce, it must have the same
 * one: otherwise injected markup could run through us, even if ours was loaded without a nonce by 'strict-dynamic'. If
 * a page's script has set its address, that script is responsible for it.
 *
 * @param {HTMLScriptElement} script
 */
export function isTrusted(script) {
  const mayRun = state._nonce ? script.nonce === state._nonce : !findAll(page, "script").some((one) => one.nonce);
  return mayRun || blocker?.added.has(script);
}
