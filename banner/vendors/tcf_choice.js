/**
 * Read and write the visitor's choice under the framework, and derive it from an answer by groups only. The twin of
 * consent/core/tcf/choice.py, which documents the format of the second cookie.
 *
 * @typedef {import("./tcf_sets.js").Flags} Flags
 * @typedef {import("../decision/choice.js").Choice} Choice
 * @typedef {import("../types.js").Resolved} Resolved
 *
 * @typedef {object} TcfChoice
 * @property {number} _day
 * @property {string} _key of the offer
 * @property {number} _screen
 * @property {string} _language
 * @property {string[]} _sets encoded, in the order of `SETS`
 */
import { hasGrant } from "../decision/amend_choice.js";
import { addMonths } from "../decision/calendar_months.js";
import { OPTIONAL } from "../decision/groups.js";
import { idsOf, readSet, writeSet } from "./tcf_sets.js";

/** What can be chosen, in the order of the cookie. */
export const SETS = ["purposes", "interests", "features", "vendors", "vendor_interests", "google"];
/** The payload's names of these sets. */
const OFFERED = ["purposes", "interests", "features", "consent", "interest", "google"];
const [PURPOSES, INTERESTS, FEATURES, VENDORS, VENDOR_INTERESTS, GOOGLE] = [0, 1, 2, 3, 4, 5];
const MAX_LENGTH = 3800;
/** Reasons that override what a visitor granted in a group. */
const BLOCKING = ["gpc", "dnt", "minor", "sensitive", "kill_switch"];
/** Reasons that no click can change. */
const BARRED = ["sensitive", "minor", "precise_location"];
/** The groups of purposes; one that isn't listed counts as advertising. Purpose 1 belongs to all of them. */
const GROUPS = [
  ["functional", [5, 6, 10, 11]],
  ["analytics", [8, 9]],
];

/**
 * Return the group of a purpose, undefined for 1, which is in all of them.
 *
 * @param {number} purpose
 */
export function groupOf(purpose) {
  if (purpose !== 1) return /** @type {import("../types.js").Group} */ (GROUPS.find(([, ids]) => ids.includes(/** @type {never} */ (purpose)))?.[0] || "advertising");
}

/**
 * Return the sets that are offered, in the order of `SETS`.
 *
 * @param {Record<string, any>} offer
 */
export function offeredBy(offer) {
  return OFFERED.map((name) => readSet(offer[name] || ""));
}

/**
 * Return the choice in the cookie value `text`, or null if it is malformed.
 *
 * @param {string | undefined} text
 * @returns {TcfChoice | null}
 */
export function parseTcf(text) {
  const found = (text || "").length <= MAX_LENGTH && /^t1\.(\d{1,6})\.([\da-f]{8})\.([0-2])\.([a-z]{2})((?:\.[\w*~-]*){6})$/.exec(text || "");
  if (!found) return null;
  const [, day, _key, screen, _language, sets] = found;
  try {
    const _sets = sets.slice(1).split(".");
    for (const one of _sets) readSet(one);
    return { _day: +day, _key, _screen: +screen, _language, _sets };
  } catch {
    return null;
  }
}

/**
 * Return the cookie value of `choice`, or an empty string if it would be too long for a cookie.
 *
 * @param {TcfChoice} choice
 */
export function formatTcf({ _day, _key, _screen, _language, _sets }) {
  const text = ["t1", _day, _key, _screen, _language, ..._sets].join(".");
  return text.length > MAX_LENGTH ? "" : text;
}

/**
 * Return whether anything is granted, or left to a legitimate interest.
 *
 * @param {TcfChoice} choice
 */
export const grants = ({ _sets }) => _sets.some(Boolean);

/**
 * Return `tcf` if it is not older than `choice`, else null. Its grants count as grants of the choice, whose groups may
 * not show them.
 *
 * @param {Choice | null} choice
 * @param {TcfChoice | null} tcf
 */
export function besideChoice(choice, tcf) {
  if (!choice || !tcf || tcf._day < choice.day) return null;
  if (grants(tcf)) Object.assign(choice.groups, { tcf: true });
  return tcf;
}

/**
 * Return the sets that an answer by groups implies: if it changes some groups, only their part of the previous sets
 * changes.
 *
 * @param {string} action
 * @param {Choice | null} before
 * @param {Choice} after
 * @param {Flags[]} offered
 * @param {TcfChoice | null} standing
 */
export function derive(action, before, after, offered, standing) {
  if (action === "accept_all") return offered.map((all) => writeSet(all, all));
  const changed = OPTIONAL.filter((group) => after.groups[group] !== (before?.groups[group] ?? null));
  const isSaved = action === "save" || action === "opt_in";
  if (standing && isSaved && !changed.length && JSON.stringify(before?.vendors) !== JSON.stringify(after.vendors)) return standing._sets;
  const hasGranted = OPTIONAL.some((group) => after.groups[group]);
  if (!hasGranted && (!isSaved || !standing)) return offered.map(() => "");
  const found = offered.map((all, index) => readSet(standing?._sets[index] || "", all));
  for (const index of [PURPOSES, INTERESTS]) {
    for (const id of idsOf(offered[index])) {
      const group = groupOf(id);
      // A group chosen in part counts as refused; refusing it again refuses it as a whole.
      const isAnswered = group && (!standing || changed.includes(group) || (!changed.length && !after.groups[group]));
      if (isAnswered) found[index][id] = !!after.groups[group];
    }
    if (offered[index][1]) found[index][1] = idsOf(found[index]).some((id) => id > 1) || hasGranted;
  }
  const { advertising } = after.groups;
  const fill = (/** @type {number} */ index, /** @type {unknown} */ isWanted) => {
    if (!isWanted) found[index] = {};
    else if (!idsOf(found[index]).length) found[index] = offered[index];
  };
  fill(VENDORS, idsOf(found[PURPOSES]).length);
  fill(VENDOR_INTERESTS, hasGranted || idsOf(found[INTERESTS]).length);
  if (!standing || changed.includes("advertising")) fill(GOOGLE, advertising);
  return found.map((ids, index) => writeSet(ids, offered[index]));
}

/**
 * Return what remains of the chosen ids where a signal, an age or a sensitive page overrides whole groups.
 *
 * @param {Flags[]} ids in the order of `SETS`
 * @param {Record<string, {reason: string}>} groups of the decision
 * @param {boolean} isSensitive whether legitimate interests don't count on this page
 */
export function masked(ids, groups, isSensitive) {
  const left = OPTIONAL.filter((group) => !BLOCKING.includes(groups[group].reason));
  const isLeft = (/** @type {number} */ id) => left.includes(groupOf(id) || left[0]);
  const ofGroups = (/** @type {Flags} */ some) => Object.fromEntries(idsOf(some).filter(isLeft).map((id) => [id, true]));
  const found = [...ids];
  if (left.length < OPTIONAL.length) {
    for (const index of [PURPOSES, INTERESTS]) found[index] = ofGroups(ids[index]);
    if (!left.includes("advertising")) found[FEATURES] = found[GOOGLE] = {};
    if (!idsOf(found[PURPOSES]).length) found[VENDORS] = {};
    if (!idsOf(found[INTERESTS]).length) found[VENDOR_INTERESTS] = {};
  }
  if (isSensitive) found[INTERESTS] = found[VENDOR_INTERESTS] = {};
  return found;
}

/**
 * Set the answer for each tag whose vendor is in the list; `decide` uses it instead of the group's answer.
 *
 * @param {Resolved} resolved
 * @param {Choice | null} choice
 * @param {TcfChoice | null} tcf
 * @param {boolean} isSensitive
 */
export function answerTags({ tags, tcf: offer }, choice, tcf, isSensitive) {
  if (!offer) return;
  const isCovered = tcf && offer.keys.includes(tcf._key);
  const [purposes, interests, , vendors, vendorInterests] = offeredBy(offer).map((all, index) => readSet(tcf?._sets[index] || "", all));
  for (const tag of /** @type {import("../types.js").AnsweredTag[]} */ (tags)) {
    if (!tag.tcf) continue;
    const { vendor, consent, interest } = tag.tcf;
    const isByConsent = consent.every((id) => purposes[id]) && (!consent.length || vendors[vendor]);
    const needsInterest = interest.length || !consent.length;
    const isByInterest = !needsInterest || (!isSensitive && vendorInterests[vendor] && interest.every((id) => interests[id]));
    tag.answer = isCovered ? !!(isByConsent && isByInterest) : tcf && !grants(tcf) ? false : null;
    tag.missing = tcf && tag.answer === null ? "not_covered" : undefined;
    tag.covered = choice ? [choice.keys[/** @type {"advertising"} */ (tag.group)]] : [];
  }
}

/**
 * Return whether the banner may ask about purposes and vendors, even without tags.
 *
 * @param {Resolved} resolved
 * @param {number} day
 * @param {Choice | null} choice
 * @param {TcfChoice | null} tcf
 */
export function isOpen(resolved, day, choice, tcf) {
  if (!resolved.tcf) return false;
  if (!choice || !tcf) return true;
  if (!grants(tcf)) return day >= addMonths(choice.day, (hasGrant(choice) ? resolved.life : 0) + resolved.keep);
  return !resolved.tcf.keys.includes(tcf._key) || isOver(resolved, day, choice);
}

/**
 * Return whether the grants of `choice` have expired on `day`.
 *
 * @param {Resolved} resolved
 * @param {number} day
 * @param {Choice} choice
 */
export function isOver({ life }, day, choice) {
  return choice.day > day + 1 || day >= addMonths(choice.day, life);
}

/**
 * Return what the banner shows: it asks if the framework has something to ask about.
 *
 * @param {Resolved} resolved
 * @param {number} day
 * @param {import("../types.js").Decision} decision
 * @param {import("../types.js").Signals} signals
 * @param {Choice | null} choice
 * @param {TcfChoice | null} tcf
 */
export function showOf(resolved, day, { show, groups }, signals, choice, tcf) {
  const isQuiet = signals.dnt && resolved.quiet;
  const canAsk = OPTIONAL.some((group) => !BARRED.includes(groups[group].reason));
  return !isQuiet && canAsk && isOpen(resolved, day, choice, tcf) ? "ask" : show;
}
