/**
 * Decide which tags and groups may run now. The twin of consent/core/decide.py, which documents the reasons and their
 * order; tests/golden/decisions.json keeps the two equal.
 *
 * @typedef {import("../types.js").Resolved} Resolved
 * @typedef {import("../types.js").AnsweredTag} AnsweredTag
 * @typedef {import("../types.js").Signals} Signals
 * @typedef {import("../types.js").Decision} Decision
 * @typedef {import("./choice.js").Choice} Choice
 */
import { hasGrant } from "./amend_choice.js";
import { GPC, OPTIONAL, own } from "./groups.js";
import { has } from "./safe_arrays.js";
import { addMonths, isoDate } from "./calendar_months.js";
import { anyMatches } from "./path_patterns.js";
import { LETTERS, OPT_IN, OPT_OUT, RELAXED } from "./ranks.js";
import { actingSignals } from "./signals.js";

/** The reasons for which a tag runs. Lists, since compiling a regular expression takes longer than a decision. */
const GRANTS = ["essential", "exempt", "granted", "vendor_granted", "opt_out_default", "notice_default"];
const SIGNALS = ["gpc", "dnt"];
const REFUSALS = ["refused", "vendor_refused"];
/** What the site, an age or a sensitive page blocks doesn't run in a limited mode either. */
const WHOLLY_HELD = ["out_of_page", "minor", "sensitive"];

/**
 * Return the age band that counts: if it is unknown, a child's on sites directed to children.
 *
 * @param {Resolved} resolved
 * @param {Signals} signals
 */
function bandOf({ child }, { age_band }) {
  return age_band === "unknown" && child ? "under13" : age_band;
}

/**
 * Return the letters of a choice made under `resolved` by someone with these signals.
 *
 * @param {Resolved} resolved
 * @param {Signals} signals
 */
export function lettersOf(resolved, signals) {
  return byAge(resolved.letters_by_age, resolved, signals) ?? resolved.letters;
}

/**
 * Return the entry of `map` for a visitor's age; it has one for an age in whole years that differs from its band's.
 *
 * @template T
 * @param {Record<string, T>} map
 * @param {Resolved} resolved
 * @param {Signals} signals
 */
function byAge(map, resolved, signals) {
  return own(map, String(signals.age)) ?? own(map, bandOf(resolved, signals));
}

/**
 * Return what may run for a visitor; `path` is null if it is unknown.
 *
 * The steps are inner functions, since each needs most of the state here.
 *
 * @param {Resolved} resolved
 * @param {number} day
 * @param {Signals} signals
 * @param {Choice | null} choice
 * @param {string | null} path
 * @returns {Decision}
 */
export function decide(resolved, day, signals, choice, path) {
  const { rule, barred, keep, life, links, minors, scope, sensitive, under } = resolved;
  const acting = actingSignals(resolved, signals);
  const minor = byAge(minors, resolved, signals) || [0, 0, 0, 0];
  const ends = choice ? addMonths(choice.day, life) : 0;
  // A choice with a grant has the grant's day, and a refusal may be from any day while that grant counted.
  const keptUntil = choice ? addMonths(choice.day, (hasGrant(choice) ? life : 0) + keep) : 0;
  /** @type {Map<string, boolean>} */
  const known = new Map();

  /**
   * Return whether the known `path` matches one of `patterns`; cached, since many tags have the same ones.
   *
   * @param {string[]} patterns
   * @param {string} path
   */
  function fits(patterns, path) {
    const list = patterns.join("\n");
    const found = known.get(list) ?? anyMatches(patterns, path);
    known.set(list, found);
    return found;
  }

  // An unknown page of a site with sensitive pages may be one of them.
  const isSensitive =
    sensitive === true || (sensitive && sensitive.length > 0 && (path === null || fits(sensitive, path)));

  /**
   * Return the strongest reason that applies to `tag`, and the rank of the rule if a choice can change it.
   *
   * @param {Omit<AnsweredTag, "id" | "limited">} tag
   * @returns {[string, number]}
   */
  function judge(tag) {
    const { hold, only, except, group, flagged, third, level } = tag;
    const isOnPage = path === null ? !tag.bound : (!only[0] || fits(only, path)) && !(except[0] && fits(except, path));
    if (hold || !isOnPage) return [hold || "out_of_page", 0];
    if (group === "essential") return [group, 0];
    const index = OPTIONAL.indexOf(/** @type {import("../types.js").Group} */ (group));
    const effect = Math.max(minor[index], flagged ? minor[3] : 0);
    if (effect > 1) return ["minor", 0];
    if (isSensitive && (barred === "all" || (barred && flagged))) return ["sensitive", 0];
    const isStricter = isSensitive && third && level < OPT_IN;
    const rank = effect || isStricter ? OPT_IN : level;
    const signal = flagged ? acting : 0;
    const ofVendor = choice?.vendors[tag.vendor];
    // Vendors in the list of IAB Europe's framework go by purposes, which the part `tcf` has resolved for its tags.
    const byVendor = tag.tcf && ofVendor ? undefined : ofVendor;
    const byGroup = tag.tcf ? tag.answer : flagged && scope === "sale_or_share" && choice?.groups.advertising === false ? false : choice?.groups[group];
    const answer = byVendor ?? byGroup;
    if (answer === false) return [byVendor === false ? "vendor_refused" : "refused", rank];
    let missing = tag.missing || (isStricter ? "sensitive" : "opt_in_not_given");
    if (choice && answer) {
      const { told, letters, regime } = choice;
      const known = own(under, regime) || "000";
      const isRelaxed = tag.exempt && (known + letters).includes("x");
      const given = isRelaxed ? RELAXED : letters.includes(LETTERS[index]) ? OPT_IN : +known[index];
      // A grant dated in the future would last too long; one day ahead is only clock skew.
      if (choice.day > day + 1 || day >= ends) missing = "expired";
      else if (rank > given) missing = "stricter_place";
      else if (!byVendor && !has(tag.covered, choice.keys[group])) missing = "not_covered";
      else if (!(signal & ~told)) return [byVendor ? "vendor_granted" : "granted", rank];
      else return [signal & GPC ? "gpc" : "dnt", rank];
      if (byGroup === false) return ["refused", rank]; // the vendor's grant has expired, but its group's refusal hasn't
    }
    if (signal) return [signal & GPC ? "gpc" : "dnt", rank];
    return [rank === OPT_IN ? missing : rank === RELAXED ? "exempt" : rank === OPT_OUT ? "opt_out_default" : "notice_default", rank];
  }

  /** @param {[string, number]} verdict */
  function isOpen([reason, rank]) {
    if (rank !== OPT_IN || has(GRANTS, reason)) return false;
    if (has(REFUSALS, reason)) return day >= keptUntil;
    return !has(SIGNALS, reason) && (reason !== "not_covered" || resolved.ask_new);
  }

  const verdicts = resolved.tags.map(judge);
  const plainOf = (/** @type {import("../types.js").Group} */ group, /** @type {string[]} */ except) => {
    // A tag of the group without flags stands for the group itself.
    const { level, keys } = resolved.groups[group];
    return { vendor: "", group, level, flagged: group === "advertising", third: true, exempt: false, hold: null, only: [], except, covered: keys };
  };
  const { groups: needed, marked = [], except } = resolved.asks || { groups: [], except: [] };
  const isAnswered = (/** @type {import("../types.js").Group} */ group) => !!choice && typeof choice.groups[group] === "boolean";
  const hasAnswers = choice && (OPTIONAL.some(isAnswered) || Object.keys(choice.vendors)[0]);
  // Whether a page has marks of a group isn't known, so who has answered anything else isn't asked again.
  const asked = [...needed, ...marked.filter((group) => !hasAnswers || isAnswered(group))];
  const shown = [...verdicts, ...asked.map((group) => judge(plainOf(group, except)))];
  const isByDefault = shown.some(([reason]) => reason === "exempt" || reason === "opt_out_default");
  /** @type {Decision["groups"]} */
  const groups = { essential: { granted: true, reason: "essential" } };
  for (const group of OPTIONAL) {
    const [reason] = judge(plainOf(group, []));
    groups[group] = { granted: has(GRANTS, reason), reason, rule };
  }
  /** @type {Decision["tags"]} */
  const tags = resolved.tags.map(({ id, vendor, group, hold, limited, trigger }, index) => {
    const [reason] = verdicts[index];
    // Consent mode only covers groups: if the group is granted, nothing would keep this tag from setting cookies.
    const isFull = limited === "cookieless" && own(groups, group)?.granted;
    const isLimited = limited && !isFull && !hold && !has(WHOLLY_HELD, reason);
    return { id, vendor, group, mode: has(GRANTS, reason) ? "full" : isLimited ? "limited" : "held", reason, rule, ...(trigger && { trigger }) };
  });
  const idsOf = (/** @type {string} */ mode) => tags.filter((tag) => tag.mode === mode).map(({ id }) => id);
  const until =
    choice &&
    (verdicts.some(([reason]) => reason === "granted" || reason === "vendor_granted") || [...needed, ...marked].some((group) => groups[group].reason === "granted")
      ? ends
      : Object.values({ ...choice.groups, ...choice.vendors }).includes(false) &&
        (Object.values(choice.groups).includes(true) ? ends : keptUntil)); // a group's expired grant is asked about again
  return {
    show: !(signals.dnt && resolved.quiet) && shown.some(isOpen) ? "ask" : !choice && isByDefault ? "notice" : "none",
    // An age may hold what was refused besides; the refusal counted all the same.
    status: resolved.status && !groups.advertising.granted && (acting || choice?.groups.advertising === false) ? "opt_out_honored" : null,
    links,
    expires: until ? isoDate(until) : null,
    groups,
    tags,
    allowed_tags: idsOf("full"),
    limited_tags: idsOf("limited"),
  };
}
