/**
 * Keep the visitor's choice by the framework beside the choice of groups: read and write its cookie, answer for tags, and
 * put it into what is sent. Other parts reach it by `state._tcf`.
 *
 * @typedef {import("./tcf_choice.js").TcfChoice} TcfChoice
 * @typedef {import("./tcf_sets.js").Flags} Flags
 * @typedef {import("../decision/choice.js").Choice} Choice
 *
 * @typedef {object} TcfState
 * @property {() => Flags[]} _offered in the order of `SETS`
 * @property {() => Flags[]} _chosen what the visitor chose; where nothing stands, interests that were not objected to
 * @property {() => Flags[]} _granted what is left of that where a signal, an age or a page takes back
 * @property {() => {_day: number, _screen: number, _language: string}} _shown when and by which screen that was said
 * @property {() => string} [_string] of the part `tcf_api`: the TC string
 * @property {() => void} [_tell] of the part `tcf_api`: tell who listens what has changed
 * @property {() => boolean} _isOpen whether a layer is shown that asks
 * @property {boolean} [_isSecond] whether the second layer is shown
 * @property {() => boolean} _hasChoice whether a choice stands
 * @property {() => boolean} _isMade whether one was made in this page
 * @property {(dialog: HTMLDialogElement) => unknown} [_fill] of the part `tcf_screens`: fill the second layer
 * @property {Flags[]} [_next] what the second layer says of the choice that is being made
 */
import { readCookies } from "../choice/read_cookies.js";
import { saveQueue, waitingEntries } from "../choice/queue.js";
import { deleteFromDomains } from "../choice/domain_cookies.js";
import { setCookie } from "../choice/write_cookies.js";
import { today } from "../decision/epoch_days.js";
import { anyMatches } from "../decision/path_patterns.js";
import { parts } from "../parts.js";
import { answerTags, besideChoice, derive, formatTcf, grants, isOver, masked, offeredBy, parseTcf, SETS, showOf } from "./tcf_choice.js";
import { readSet, writeSet } from "./tcf_sets.js";
import { amendConsentMode } from "./tcf_consent_mode.js";
import { state } from "../state.js";
import { CHOICE, DECISION, watch } from "../watch_state.js";

/** What was chosen in this page, which may keep no cookies. @type {TcfChoice | null} */
let made = null;
/** What of it is not queued yet. @type {Record<string, string> | undefined} */
let unsent;

/** Begin: from now on each decision and each choice goes by it. */
export function keepTcf() {
  watch(
    DECISION,
    // What the service decided ahead is right already; it knows of no choice.
    (value) => state._decide && (value.show = showOf(state._payload.resolved, today(), value, state._signals, state._choice, beside(state._choice))),
  );
  watch(CHOICE, undefined, () => answerTags(state._payload.resolved, state._choice, beside(state._choice), isSensitive()));
  state._tcf = { _offered: offered, _chosen: () => chosen(beside(state._choice)), _granted: granted, _shown: shown, _isOpen: isAsking, _hasChoice: () => !!standing(), _isMade: () => !!made };
  state._mark = mark;
  state._mode = (values) => amendConsentMode(values, granted());
  parts.push({ complete });
}

function facts() {
  return /** @type {import("../types.js").TcfFacts} */ (state._payload.tcf);
}

function offered() {
  return offeredBy(facts());
}

function isSensitive() {
  const { sensitive } = state._payload.resolved;
  return sensitive === true || !!(sensitive && sensitive.length && anyMatches(sensitive, location.pathname));
}

function isAsking() {
  return state._decision.show === "ask" || !!state._tcf?._isSecond;
}

/**
 * Return the choice that stands beside that of the groups: none that is older.
 *
 * @param {Choice | null} choice
 */
function beside(choice) {
  const name = cookieName();
  return besideChoice(choice, parseTcf(readCookies().find(([other]) => other === name)?.[1]) || made);
}

function cookieName() {
  return `consent_${state._payload.visit.site}_tcf`;
}

/** Return the choice of now, or null where it answers something else or is over. */
function standing() {
  const { _choice } = state;
  const tcf = beside(_choice);
  const { resolved } = state._payload;
  const keys = resolved.tcf?.keys || [facts().key];
  if (!_choice || !tcf || (resolved.life && grants(tcf) && isOver(resolved, today(), _choice))) return null;
  return keys.includes(tcf._key) || !grants(tcf) ? tcf : null;
}

/**
 * Return the ids that `tcf` has; without a choice, those of interests that nobody objected to.
 *
 * @param {TcfChoice | null} tcf
 */
function chosen(tcf) {
  return offered().map((all, index) => (tcf ? readSet(tcf._sets[index], all) : SETS[index].endsWith("interests") ? all : {}));
}

function granted() {
  const { groups } = state._decision || {};
  const ids = chosen(standing());
  return groups ? masked(ids, groups, isSensitive()) : ids;
}

function shown() {
  return standing() || { _day: today(), _screen: 1, _language: facts().lang };
}

/**
 * Make the choice by the framework that goes with a choice of groups, store it, and put it into what is sent.
 *
 * @param {string} action
 * @param {Choice | null} before
 * @param {Choice} after
 */
function complete(action, before, after) {
  const { key, lang } = facts();
  const tcf = /** @type {TcfState} */ (state._tcf);
  const next = tcf._next;
  tcf._next = undefined;
  const _sets = next ? next.map((ids, index) => writeSet(ids, offered()[index])) : derive(action, before, after, offered(), standing());
  made = { _day: today(), _key: key, _screen: next ? 2 : 1, _language: lang, _sets };
  const { scope = "" } = state._payload;
  const name = cookieName() + "=";
  if (scope) setCookie(name + ";Max-Age=0"); // one of this host alone would hide it
  else deleteFromDomains(cookieName()); // one of the domain, of before the scope was narrowed, would hide this one
  setCookie(name + formatTcf(made) + ";Max-Age=34560000;SameSite=Lax" + (scope && ";Domain=" + scope));
  unsent = { key, language: lang, ...Object.fromEntries(SETS.map((set, index) => [set, _sets[index]])) };
  void Promise.resolve().then(mark); // the choice is queued once this is over
  return action;
}

/** Put what was chosen into the choice that was queued, before it is sent or the page goes. */
function mark() {
  const entries = waitingEntries();
  const last = entries[entries.length - 1];
  if (!unsent || !last) return;
  last.tcf = unsent;
  unsent = undefined;
  saveQueue(entries);
}
