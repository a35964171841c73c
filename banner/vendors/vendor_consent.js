/** Send each vendor whose code runs in this page its answer, through its own functions. */
import { isRefused } from "../decision/vendor_answers.js";
import { fillArguments, makeCalls } from "./vendor_calls.js";
import { acts } from "../acts_payload.js";
import { own } from "../decision/groups.js";
import { state } from "../state.js";

/** @type {Record<string, string>} what each running vendor was last sent */
const told = (state._told = Object.create(null));

/**
 * Send `vendor` the default before its code loads: everything is denied until another answer.
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
 * Send `vendor` its answer, unless it is the same as the last one sent.
 *
 * @param {string} vendor
 * @param {boolean} [onlyPresent] whether its code has loaded, so that no stub is needed
 * @param {string} [mode] the mode of one of its tags, which runs now
 * @returns {boolean} whether it was refused now but keeps running, so that only a new page ends it
 */
export function sendConsent(vendor, onlyPresent, mode = "held") {
  const { revoke, consent } = factsOf(vendor);
  // A tag that runs in full needs no further check of all tags.
  if (mode !== "full") for (const tag of state._decision.tags) if (tag.vendor === vendor && mode !== "full" && tag.mode !== "held") mode = tag.mode;
  const answer = mode === "full" ? "granted" : mode === "limited" ? mode : isRefused("", vendor) ? "refused" : "";
  if (!answer) return false; // left open, or held by the site: send nothing that nobody has decided
  const calls = answer === "refused" ? revoke : own(consent, answer) || [];
  const now = `${answer} ${calls.length ? JSON.stringify(fillArguments(calls)) : "[]"}`;
  if (told[vendor] === now) return false;
  told[vendor] = now;
  if (calls.length) makeCalls(calls, onlyPresent);
  if (answer === "refused" && onlyPresent) recordRefused(vendor);
  return answer === "refused" && (!revoke.length || own(consent, "stops") === false);
}

/**
 * Send `vendor` its answer again, after more of its code has run: a library may miss it before its start.
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
 * Record that something of `vendor` that calls can't reach, such as a frame, was removed.
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
 * Send every running vendor its answer.
 *
 * @returns {boolean} whether one of them keeps running although it is refused
 */
export function sendConsentToAll() {
  return Object.keys(told).map((vendor) => sendConsent(vendor, true)).includes(true);
}

/**
 * Return the calls of `vendor`, without what a page may have added to Object.prototype.
 *
 * @param {string} vendor
 * @returns {{revoke: import("../types.js").Call[], consent: any}}
 */
function factsOf(vendor) {
  /** @type {Record<string, any> | undefined} */
  const facts = own(acts().vendors, vendor);
  return { revoke: own(facts, "revoke") || [], consent: own(facts, "consent") };
}
