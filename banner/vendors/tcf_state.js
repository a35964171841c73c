/**
 * Store the visitor's choice under the framework along with the choice of groups: read and write its cookie, answer for
 * tags, and add it to what is sent. Other parts access it through `state._tcf`.
 *
 * @typedef {import("./tcf_choice.js").TcfChoice} TcfChoice
 * @typedef {import("./tcf_sets.js").Flags} Flags
 * @typedef {import("../decision/choice.js").Choice} Choice
 *
 * @typedef {object} TcfState
 * @property {() => Flags[]} _offered in the order of `SETS`
 * @property {() => Flags[]} _chosen what the visitor chose; without a choice, interests that were not objected to
 * @property {() => Flags[]} _granted what remains of that where a signal, an age or a page overrides it
 * @property {() => {_day: number, _screen: number, _language: string}} _shown when and on which screen it was chosen
 * @property {() => string} [_string] of the part `tcf_api`: the TC string
 * @property {() => void} [_tell] of the part `tcf_api`: notify listeners of changes
 * @property {() => boolean} _isOpen whether a layer is shown that asks
 * @property {boolean} [_isSecond] whether the second layer is shown
 * @property {() => boolean} _hasChoice whether there is a valid choice
 * @property {() => boolean} _isMade whether one was made in this page
 * @property {(dialog: HTMLDialogElement) => unknown} [_fill] of the part `tcf_screens`: fill the second layer
 * @property {Flags[]} [_next] the second layer's contents of the choice that is being made
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

/** The choice made in this page, whose browser may not store cookies. @type {TcfChoice | null} */
let made = null;
/** The part of it that isn't queued yet. @type {Record<string, string> | undefined} */
let unsent;

/** Begin; from now on each decision and each choice takes it into account. */
export function keepTcf() {
  watch(
    DECISION,
    // Precomputed decisions are already right; they know no choice.
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
 * Return the choice that accompanies that of the groups; an older one doesn't count.
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

/** Return the current choice, or null if it answers another offer or has expired. */
function standing() {
  const { _choice } = state;
  const tcf = beside(_choice);
  const { resolved } = state._payload;
  const keys = resolved.tcf?.keys || [facts().key];
  if (!_choice || !tcf || (resolved.life && grants(tcf) && isOver(resolved, today(), _choice))) return null;
  return keys.includes(tcf._key) || !grants(tcf) ? tcf : null;
}

/**
 * Return the ids in `tcf`; without a choice, those of interests that weren't objected to.
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
 * Make the choice under the framework that accompanies a choice of groups, store it, and add it to what is sent.
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
  if (scope) setCookie(name + ";Max-Age=0"); // a host-only cookie would hide it
  else deleteFromDomains(cookieName()); // one of the domain, from before the scope was narrowed, would hide this one
  setCookie(name + formatTcf(made) + ";Max-Age=34560000;SameSite=Lax" + (scope && ";Domain=" + scope));
  unsent = { key, language: lang, ...Object.fromEntries(SETS.map((set, index) => [set, _sets[index]])) };
  void Promise.resolve().then(mark); // the choice is queued after this returns
  return action;
}

/** Add the choice to the queued one, before it is sent or the page unloads. */
function mark() {
  const entries = waitingEntries();
  const last = entries[entries.length - 1];
  if (!unsent || !last) return;
  last.tcf = unsent;
  unsent = undefined;
  saveQueue(entries);
}
