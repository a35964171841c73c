/** Send each vendor whose code runs in this page its answer, by calls of its own. */
import { isRefused } from "../decision/vendor_answers.js";
import { fillArguments, makeCalls } from "./vendor_calls.js";
import { acts } from "../acts_payload.js";
import { own } from "../decision/groups.js";
import { state } from "../state.js";

/** @type {Record<string, string>} what each vendor that runs was sent last */
const told = (state._told = Object.create(null));

/**
 * Send `vendor`, before its code loads, the default: all is denied until another answer.
 *
 * @param {string} vendor
 */
export function sendDefault(vendor) {
  if (vendor in told) return;
  told[vendor] = "";
  const calls = own(factsOf(vendor).consent, "default");
  if (calls) makeCalls(calls);
}

/**
 * Send `vendor` its answer, unless it was the last one sent.
 *
 * @param {string} vendor
 * @param {boolean} [onlyPresent] whether its code is there, and no stub needed
 * @param {string} [mode] the mode of a tag of its own which runs now
 * @returns {boolean} whether it was refused now and runs on all the same, so that only a new page ends it
 */
export function sendConsent(vendor, onlyPresent, mode = "held") {
  const { revoke, consent } = factsOf(vendor);
  // What runs in full needs no second look at all tags.
  if (mode !== "full") for (const tag of state._decision.tags) if (tag.vendor === vendor && mode !== "full" && tag.mode !== "held") mode = tag.mode;
  const answer = mode === "full" ? "granted" : mode === "limited" ? mode : isRefused("", vendor) ? "refused" : "";
  if (!answer) return false; // left open, or held by the site: nothing is said that nobody has decided
  const calls = answer === "refused" ? revoke : own(consent, answer) || [];
  const now = `${answer} ${calls.length ? JSON.stringify(fillArguments(calls)) : "[]"}`;
  if (told[vendor] === now) return false;
  told[vendor] = now;
  if (calls.length) makeCalls(calls, onlyPresent);
  if (answer === "refused" && onlyPresent) recordRefused(vendor);
  return answer === "refused" && (!revoke.length || own(consent, "stops") === false);
}

/**
 * Send `vendor` its answer again, once more of its code has run: a library may miss it before its start.
 *
 * @param {string} vendor
 */
export function resendConsent(vendor) {
  told[vendor] = "";
  sendConsent(vendor, true);
}

/** @type {string[]} */
let refusedNow = [];

/**
 * Record that something of `vendor` that no call reaches, such as a frame, was removed.
 *
 * @param {string} vendor
 */
export function recordRefused(vendor) {
  if (isRefused("", vendor)) refusedNow.push(vendor);
}

/** Return the vendors that ran and were refused since the last call. */
export function takeNewlyRefused() {
  const found = refusedNow;
  refusedNow = [];
  return found;
}

/**
 * Send every vendor that runs its answer.
 *
 * @returns {boolean} whether one of them runs on though it is refused
 */
export function sendConsentToAll() {
  return Object.keys(told).map((vendor) => sendConsent(vendor, true)).includes(true);
}

/**
 * Return the calls of `vendor`, without what a page may have put on the prototype of all objects.
 *
 * @param {string} vendor
 * @returns {{revoke: import("../types.js").Call[], consent: any}}
 */
function factsOf(vendor) {
  /** @type {Record<string, any> | undefined} */
  const facts = own(acts().vendors, vendor);
  return { revoke: own(facts, "revoke") || [], consent: own(facts, "consent") };
}
