/**
 * The decision: the twin of consent/core/decide.py, bound to it by tests/golden/decisions.json. Reasons and their order
 * are told there.
 *
 * @typedef {import("./types.js").Resolved} Resolved
 * @typedef {import("./types.js").ResolvedTag} ResolvedTag
 * @typedef {import("./types.js").Signals} Signals
 * @typedef {import("./types.js").Decision} Decision
 * @typedef {import("./choice.js").Choice} Choice
 *
 * @typedef {object} Visit One visitor, page and day against what the server resolved.
 * @property {Resolved} _resolved
 * @property {number} _day
 * @property {Choice | null} _choice
 * @property {string | null} _path
 * @property {number} _acting the signals that are present and act here
 * @property {number[]} _minor
 * @property {boolean} _sensitive
 *
 * @typedef {object} Verdict
 * @property {boolean} granted
 * @property {string} reason
 * @property {number} _level
 * @property {boolean | string | null} [_grantable]
 */
import { addMonths, isoDate } from "./days.js";
import { DNT, GPC, LETTERS, OPTIONAL, OPT_IN, OPT_OUT, RELAXED, own } from "./groups.js";
import { anyMatches } from "./paths.js";

/**
 * Return the signals, as bits, that are present and act here.
 *
 * @param {Resolved} resolved
 * @param {Signals} signals
 */
export function actingSignals(resolved, signals) {
  return (signals.gpc && resolved.gpc ? GPC : 0) | (signals.dnt && resolved.dnt ? DNT : 0);
}

/**
 * Return what may run for a visitor; `path` is null where it is not known.
 *
 * @param {Resolved} resolved
 * @param {number} day
 * @param {Signals} signals
 * @param {Choice | null} choice
 * @param {string | null} path
 * @returns {Decision}
 */
export function decide(resolved, day, signals, choice, path) {
  const visit = newVisit(resolved, day, signals, choice, path);
  const verdicts = resolved.tags.map((tag) => judge(visit, tag));
  /** @type {Decision["groups"]} */
  const groups = { essential: { granted: true, reason: "essential" } };
  for (const group of OPTIONAL) {
    const { granted, reason } = judge(visit, plainTag(group, resolved));
    groups[group] = { granted, reason, rule: resolved.rule };
  }
  const tags = resolved.tags.map((tag, index) => tagAnswer(tag, verdicts[index], resolved.rule));
  const optedOut = ["gpc", "dnt", "refused"].includes(groups.advertising.reason);
  return {
    show: show(visit, verdicts, signals.dnt && resolved.quiet),
    status: resolved.status && optedOut ? "opt_out_honored" : null,
    links: resolved.links,
    expires: expires(visit, verdicts),
    groups,
    tags,
    allowed_tags: idsOf(tags, "full"),
    limited_tags: idsOf(tags, "limited"),
  };
}

/**
 * @param {Resolved} resolved
 * @param {number} day
 * @param {Signals} signals
 * @param {Choice | null} choice
 * @param {string | null} path
 * @returns {Visit}
 */
function newVisit(resolved, day, signals, choice, path) {
  const band = signals.age_band === "unknown" && resolved.child ? "under13" : signals.age_band;
  const places = resolved.sensitive;
  return {
    _resolved: resolved,
    _day: day,
    _choice: choice,
    _path: path,
    _acting: actingSignals(resolved, signals),
    _minor: own(resolved.minors, band) || [0, 0, 0, 0],
    // An unknown page of a site with sensitive pages may be one of them.
    _sensitive: Array.isArray(places)
      ? places.length > 0 && (path === null || anyMatches(places, path))
      : places,
  };
}

/**
 * Return what holds for `tag`, strongest reason first.
 *
 * @param {Visit} visit
 * @param {ResolvedTag} tag
 * @returns {Verdict}
 */
function judge(visit, tag) {
  if (tag.hold) return held(tag.hold);
  if (!onPage(tag, visit._path)) return held("out_of_page");
  if (tag.group === "essential") return { granted: true, reason: "essential", _level: 0 };
  const effect = Math.max(visit._minor[indexOf(tag)], tag.flagged ? visit._minor[3] : 0);
  if (effect > 1) return held("minor");
  const barred = visit._resolved.barred;
  if (visit._sensitive && (barred === "all" || (barred === "flagged" && tag.flagged))) return held("sensitive");
  const sensitive = visit._sensitive && tag.third;
  const missing = sensitive && tag.level < OPT_IN ? "sensitive" : "opt_in_not_given";
  return judgeChosen(visit, tag, effect || sensitive ? OPT_IN : tag.level, missing);
}

/**
 * @param {string} reason
 * @param {number} [level]
 * @param {boolean} [grantable]
 * @returns {Verdict}
 */
function held(reason, level = 0, grantable = false) {
  return { granted: false, reason, _level: level, _grantable: grantable };
}

/** @param {ResolvedTag} tag */
function indexOf(tag) {
  return OPTIONAL.findIndex((group) => group === tag.group);
}

/**
 * @param {ResolvedTag} tag
 * @param {string | null} path
 */
function onPage(tag, path) {
  if (path === null) return !tag.only.length && !tag.except.length;
  return (!tag.only.length || anyMatches(tag.only, path)) && !anyMatches(tag.except, path);
}

/**
 * Return what choice, signals and rule say, in this order, of a tag that stands under rank `level`.
 *
 * @param {Visit} visit
 * @param {ResolvedTag} tag
 * @param {number} level
 * @param {string} missing
 * @returns {Verdict}
 */
function judgeChosen(visit, tag, level, missing) {
  const choice = visit._choice;
  const byVendor = choice ? own(choice.vendors, tag.vendor) : undefined;
  const byGroup = choice && groupEntry(visit._resolved, choice, tag);
  if (byVendor === false) return held("vendor_refused", level);
  if (byVendor === undefined && byGroup === false) return held("refused", level);
  const acting = tag.flagged ? visit._acting : 0;
  const grant = choice && (byVendor || byGroup) ? choice : null;
  const problem = grant && outOfReach(visit, grant, tag, level, byVendor);
  if (grant && !problem && !(acting & ~grant.told)) {
    return { granted: true, reason: byVendor ? "vendor_granted" : "granted", _level: level };
  }
  if (acting) return held(acting & GPC ? "gpc" : "dnt", level);
  if (level === OPT_IN) return held(problem || missing, level, true);
  const reason = level === RELAXED ? "exempt" : level === OPT_OUT ? "opt_out_default" : "notice_default";
  return { granted: true, reason, _level: level };
}

/**
 * Return what the visitor said of the tag's group; refused sale refuses what is flagged.
 *
 * @param {Resolved} resolved
 * @param {Choice} choice
 * @param {ResolvedTag} tag
 */
function groupEntry(resolved, choice, tag) {
  const refusesSale = resolved.scope === "sale_or_share" && choice.groups.advertising === false;
  return tag.flagged && refusesSale ? false : choice.groups[tag.group];
}

/**
 * Return why the visitor's grant does not reach `tag` here and now, or null where it does.
 *
 * @param {Visit} visit
 * @param {Choice} grant
 * @param {ResolvedTag} tag
 * @param {number} level
 * @param {boolean | undefined} byVendor
 */
function outOfReach(visit, grant, tag, level, byVendor) {
  // A grant from a day to come would live too long; a day ahead is only another clock.
  if (grant.day > visit._day + 1 || visit._day >= addMonths(grant.day, visit._resolved.life)) return "expired";
  if (level > givenUnder(visit._resolved, grant, tag)) return "stricter_place";
  return byVendor || tag.covered.includes(grant.keys[tag.group]) ? null : "not_covered";
}

/**
 * Return the rank of the rule for `tag` where and when the choice was made.
 *
 * @param {Resolved} resolved
 * @param {Choice} choice
 * @param {ResolvedTag} tag
 */
function givenUnder(resolved, choice, tag) {
  const known = own(resolved.under, choice.regime) || "000";
  if (tag.exempt && (known + choice.letters).includes("x")) return RELAXED;
  const index = indexOf(tag);
  return choice.letters.includes(LETTERS[index]) ? OPT_IN : +known[index];
}

/**
 * Return a tag of `group` without flags: what is known of it holds for the group itself.
 *
 * @param {import("./types.js").Group} group
 * @param {Resolved} resolved
 * @returns {ResolvedTag}
 */
function plainTag(group, resolved) {
  const { level, keys } = resolved.groups[group];
  const flagged = group === "advertising";
  const nowhere = { hold: null, only: [], except: [], covered: keys, limited: false };
  return { id: "", vendor: "", group, level, flagged, third: true, exempt: false, ...nowhere };
}

/**
 * @param {ResolvedTag} tag
 * @param {Verdict} verdict
 * @param {string} rule
 * @returns {import("./types.js").TagAnswer}
 */
function tagAnswer(tag, verdict, rule) {
  // What the site, an age or a sensitive page holds stays away whole: such a verdict has no rank.
  const limited = tag.limited && !tag.hold && !WHOLLY_HELD.includes(verdict.reason);
  const mode = verdict.granted ? "full" : limited ? "limited" : "held";
  return { id: tag.id, vendor: tag.vendor, group: tag.group, mode, reason: verdict.reason, rule };
}

const WHOLLY_HELD = ["out_of_page", "minor", "sensitive"];

/**
 * @param {import("./types.js").TagAnswer[]} tags
 * @param {string} mode
 */
function idsOf(tags, mode) {
  return tags.filter((tag) => tag.mode === mode).map((tag) => tag.id);
}

/**
 * @param {Visit} visit
 * @param {Verdict[]} verdicts
 * @param {boolean} quiet
 */
function show(visit, verdicts, quiet) {
  if (!quiet && verdicts.some((verdict) => isOpen(visit, verdict))) return "ask";
  const byDefault = verdicts.some(({ granted, _level }) => granted && (_level === RELAXED || _level === OPT_OUT));
  return !visit._choice && byDefault ? "notice" : "none";
}

/**
 * Tell whether the visitor may be asked for a tag with this verdict.
 *
 * @param {Visit} visit
 * @param {Verdict} verdict
 */
function isOpen({ _choice, _day, _resolved }, { reason, _level, _grantable }) {
  if (_level !== OPT_IN) return false;
  if (_choice && reason.endsWith("refused")) return _day >= addMonths(_choice.day, _resolved.keep);
  return _grantable && (reason !== "not_covered" || _resolved.ask_new);
}

/**
 * @param {Visit} visit
 * @param {Verdict[]} verdicts
 */
function expires({ _choice, _resolved }, verdicts) {
  if (!_choice) return null;
  const months = verdicts.some(({ granted, reason }) => granted && reason.endsWith("granted"))
    ? _resolved.life
    : Object.values({ ..._choice.groups, ..._choice.vendors }).includes(false) && _resolved.keep;
  return months ? isoDate(addMonths(_choice.day, months)) : null;
}
