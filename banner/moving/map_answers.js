/**
 * Map another tool's cookies to our groups and vendors: never wider than what they say, refusals first.
 *
 * @typedef {import("./old_values.js").OldAnswer} OldAnswer
 * @typedef {import("../types.js").OldFacts} OldFacts
 * @typedef {{country: string | null, subdivision: string | null}} Place
 * @typedef {{groups: Record<string, boolean>, vendors: Record<string, boolean>, day: number, time: number | null, version?: string}} Mapped
 */
import { addMonths } from "../decision/calendar_months.js";
import { DAY, today } from "../decision/epoch_days.js";
import { own } from "../decision/groups.js";
import { readers } from "./old_values.js";

const VENDOR = "vendor:";
const MAX_VENDORS = 60;
/** Where the names are those of the site's own services and vendors: a refused one may be in any of our groups. */
const BY_SERVICE = ["didomi", "klaro", "orejime", "tarteaucitron"];
/** Where the rules differ by state: an answer given in one state doesn't count in another. */
const BY_STATE = ["US", "CA"];

/**
 * Return what the old tool's cookies amount to, or null if they answer nothing.
 *
 * @param {OldFacts} old
 * @param {[string, string][]} cookies
 * @param {Place} place
 * @param {() => void} [onDamaged] called if a value can't be read
 * @returns {Mapped | null}
 */
export function mapCookies(old, cookies, place, onDamaged = () => {}) {
  const found = readAll(old, cookies, onDamaged);
  if (!found.some(Boolean)) return null;
  const known = /** @type {OldAnswer[]} */ (found.filter(Boolean));
  const times = known.map(({ time }) => time);
  const time = times.includes(null) ? null : Math.min(.../** @type {number[]} */ (times));
  const said = time === null ? old.life !== null && today() - old.life : Math.floor(time / DAY);
  const mayGrant =
    known.length === found.length && known.every(({ sure, place: there }) => sure && isSamePlace(there, place)) && said !== false && addMonths(+said, old.months) > today();
  const targets = answersByTarget(old, known, mayGrant);
  if (known.some((answer) => hasUnknownRefusal(old, answer))) dropGrants(targets, (target) => !target.startsWith(VENDOR));
  if (known.some(({ refusedInside }) => refusedInside)) dropGrants(targets, () => true);
  if (known.some(({ optedOut }) => optedOut)) refuseSale(targets, old.sold || []);
  dropContradictions(old, targets);
  const entries = Object.entries(targets);
  if (!entries.length) return null;
  const vendors = entries.filter(([target]) => target.startsWith(VENDOR)).sort(([, one], [, other]) => +one - +other);
  return {
    groups: Object.fromEntries(entries.filter(([target]) => !target.startsWith(VENDOR))),
    vendors: Object.fromEntries(vendors.slice(0, MAX_VENDORS).map(([target, answer]) => [target.slice(VENDOR.length), answer])),
    // A grant keeps its age; a choice with refusals only counts from today.
    day: entries.some(([, answer]) => answer) ? +said : today(),
    time,
    version: known[0].version,
  };
}

/**
 * Return each value's answer, or null for one that is damaged or answers nothing.
 *
 * @param {OldFacts} old
 * @param {[string, string][]} cookies
 * @param {() => void} onDamaged
 */
function readAll(old, cookies, onDamaged) {
  const names = Object.keys(old.categories);
  const read = (/** @type {string} */ wanted) => cookies.filter(([name]) => name === wanted).map(([, value]) => value);
  const site = { cookie: old.cookie, names, read, revision: old.revision };
  const values =
    old.tool === "complianz"
      ? names.some((name) => read(old.cookie + name).length) ? [""] : []
      : old.tool === "iubenda"
        ? cookies.filter(([name]) => name.startsWith(old.cookie) && /^s?\d+(-uspr)?$/.test(name.slice(old.cookie.length))).map(([, value]) => value)
        : read(old.cookie);
  const found = values.map((value) => {
    try {
      const answer = readers[old.tool](value, site);
      if (answer?.unreadable) onDamaged();
      return answer;
    } catch {
      onDamaged();
      return null;
    }
  });
  return /** @type {(OldAnswer | null)[]} */ (found.filter((answer) => answer !== undefined));
}

/**
 * Return the answer for each group and vendor: a refusal if any category that maps to it was refused, a grant if all
 * were granted.
 *
 * @param {OldFacts} old
 * @param {OldAnswer[]} known
 * @param {boolean} mayGrant
 */
function answersByTarget({ categories }, known, mayGrant) {
  /** @type {Record<string, (boolean | undefined)[]>} */
  const found = {};
  for (const [name, target] of Object.entries(categories)) {
    if (target === "essential") continue;
    (found[target] ||= []).push(...known.map(({ answers }) => own(answers, name)));
  }
  /** @type {Record<string, boolean>} */
  const targets = {};
  for (const [target, answers] of Object.entries(found)) {
    if (answers.includes(false)) targets[target] = false;
    else if (mayGrant && answers.every(Boolean)) targets[target] = true;
  }
  return targets;
}

/**
 * Return whether a service was refused that the mapping doesn't name, so that it may be in any of our groups.
 *
 * @param {OldFacts} old
 * @param {OldAnswer} answer
 */
function hasUnknownRefusal({ tool, categories }, { answers }) {
  return BY_SERVICE.includes(tool) && Object.keys(answers).some((name) => answers[name] === false && !own(categories, name));
}

/**
 * @param {Record<string, boolean>} targets
 * @param {(target: string) => boolean} isDropped
 */
function dropGrants(targets, isDropped) {
  for (const target of Object.keys(targets)) {
    if (targets[target] && isDropped(target)) delete targets[target];
  }
}

/**
 * Refuse advertising and each vendor that is sold or shared; a group that contains such a vendor is not granted.
 *
 * @param {Record<string, boolean>} targets
 * @param {string[]} sold
 */
function refuseSale(targets, sold) {
  for (const target of ["advertising", ...sold]) {
    if (target === "advertising" || target.startsWith(VENDOR)) targets[target] = false;
    else if (targets[target]) delete targets[target];
  }
}

/**
 * Drop the grant of each vendor that has a tag in a refused group. For Didomi, where a vendor also needs its purposes,
 * a group that the mapping names must be granted.
 *
 * @param {OldFacts} old
 * @param {Record<string, boolean>} targets
 */
function dropContradictions({ tool, categories, vendor_groups: vendorGroups = {} }, targets) {
  const mapped = Object.values(categories);
  const isMissing = (/** @type {string} */ group) => targets[group] === false || (tool === "didomi" && !targets[group] && mapped.includes(group));
  for (const [vendor, groups] of Object.entries(vendorGroups)) {
    if (targets[VENDOR + vendor] && groups.some(isMissing)) delete targets[VENDOR + vendor];
  }
}

/**
 * Return whether the place in an old value, if any, has the rules of the visit's place.
 *
 * @param {string | undefined} there
 * @param {Place} here
 */
function isSamePlace(there, { country, subdivision }) {
  if (!there) return true;
  const [land, state = ""] = there.split("-");
  return land === country && (!BY_STATE.includes(land) || state === (subdivision || ""));
}
