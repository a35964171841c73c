/** The vendors whose code runs in this page, and what each is told of its answer by calls of its own. */
import { isRefused } from "./answers.js";
import { fill, makeCalls } from "./calls.js";
import { acts } from "./facts.js";
import { own } from "./groups.js";
import { state } from "./state.js";

/** @type {Record<string, string>} what each vendor that runs was told last */
const told = (state._told = Object.create(null));

/**
 * Tell `vendor`, before its code comes, that all is denied until something else is said.
 *
 * @param {string} vendor
 */
export function introduce(vendor) {
  if (vendor in told) return;
  told[vendor] = "";
  const calls = own(factsOf(vendor).consent, "default");
  if (calls) makeCalls(calls);
}

/**
 * Tell `vendor` what it may, unless that is what it was told last.
 *
 * @param {string} vendor
 * @param {boolean} [onlyPresent] whether its code is there, and no stub needed
 * @param {string} [mode] the mode of a tag of its own which runs now
 * @returns {boolean} whether it was refused now and runs on all the same, so that only a new page ends it
 */
export function tell(vendor, onlyPresent, mode = "held") {
  const { revoke, consent } = factsOf(vendor);
  // What runs in full needs no second look at all tags.
  if (mode !== "full") for (const tag of state._decision.tags) if (tag.vendor === vendor && mode !== "full" && tag.mode !== "held") mode = tag.mode;
  const answer = mode === "full" ? "granted" : mode === "limited" ? mode : isRefused("", vendor) ? "refused" : "";
  if (!answer) return false; // left open, or held by the site: nothing is said that nobody has decided
  const calls = answer === "refused" ? revoke : own(consent, answer) || [];
  const now = `${answer} ${calls.length ? JSON.stringify(fill(calls)) : "[]"}`;
  if (told[vendor] === now) return false;
  told[vendor] = now;
  if (calls.length) makeCalls(calls, onlyPresent);
  if (answer === "refused" && onlyPresent) noteRefused(vendor);
  return answer === "refused" && (!revoke.length || own(consent, "stops") === false);
}

/**
 * Tell `vendor`, more of whose code has run, what it may, though it was told: a library may not have heard it before its start.
 *
 * @param {string} vendor
 */
export function tellAgain(vendor) {
  told[vendor] = "";
  tell(vendor, true);
}

/** @type {string[]} */
let refusedNow = [];

/**
 * Know that something of `vendor` that no call reaches, such as a frame, was taken back.
 *
 * @param {string} vendor
 */
export function noteRefused(vendor) {
  if (isRefused("", vendor)) refusedNow.push(vendor);
}

/** Return the vendors that ran and were refused since this was asked last. */
export function takeRefused() {
  const found = refusedNow;
  refusedNow = [];
  return found;
}

/**
 * Tell every vendor that runs.
 *
 * @returns {boolean} whether one of them runs on though it is refused
 */
export function tellAll() {
  return Object.keys(told).map((vendor) => tell(vendor, true)).includes(true);
}

/**
 * Return the calls of `vendor`, without what a page may have put on the prototype of all objects.
 *
 * @param {string} vendor
 * @returns {{revoke: import("./types.js").Call[], consent: any}}
 */
function factsOf(vendor) {
  /** @type {Record<string, any> | undefined} */
  const facts = own(acts().vendors, vendor);
  return { revoke: own(facts, "revoke") || [], consent: own(facts, "consent") };
}
