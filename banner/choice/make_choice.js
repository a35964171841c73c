/**
 * Make a choice: write its cookie, queue its receipt, and decide again.
 *
 * @typedef {import("../decision/choice.js").Choice} Choice
 *
 * @typedef {object} Act
 * @property {string} _action
 * @property {Record<string, boolean>} _groups
 * @property {Record<string, boolean>} [_vendors]
 * @property {number} [_layer]
 * @property {string} [_method]
 * @property {string} [_told] the sentence that informed the visitor of a signal against a grant
 * @property {boolean} [_keepProof]
 * @property {Choice} [_choice] the resulting choice; without it, the act's answers alone
 */
import { fetchActsIfUndecided, evaluate } from "../decision/precomputed.js";
import { newChoice } from "../decision/choice.js";
import { writeChoice } from "./write_cookies.js";
import { OPTIONAL, own } from "../decision/groups.js";
import { parts } from "../parts.js";
import { enqueue } from "./queue.js";
import { actingSignals } from "../decision/signals.js";
import { state } from "../state.js";

/** Decide again, now and once `acts` has loaded, and apply the decision if it changed. */
export function refreshDecision() {
  void fetchActsIfUndecided();
  const before = JSON.stringify(state._decision);
  evaluate();
  if (before !== JSON.stringify(state._decision)) state._follow?.();
}

/**
 * Return answers that refuse every group, or grant each one that is asked about and can be granted here.
 *
 * @param {boolean} granted
 */
export function answerAll(granted) {
  const { asked = OPTIONAL } = state._payload;
  return Object.fromEntries((granted ? asked.filter((group) => !isLocked(group)) : OPTIONAL).map((group) => [group, granted]));
}

/**
 * Return whether `group` can't be granted here because of an age.
 *
 * @param {string} group
 */
export function isLocked(group) {
  return state._decision.groups[group].reason === "minor";
}

/**
 * Make a choice; it takes effect immediately, even if the service is unavailable.
 *
 * @param {Act} act
 */
export function choose({ _action, _groups, _vendors = {}, _layer = 1, _method = "click", _told, _keepProof = false, _choice }) {
  const { visit, scope = "" } = state._payload;
  const before = state._choice;
  const choice = _choice || choiceFrom(toldSignals(_told), _groups, _vendors);
  const action = parts.reduce((name, part) => part.complete?.(name, before, choice) || name, _action);
  writeChoice(visit.site, scope, choice);
  state._choice = choice;
  enqueue({
    action,
    method: _method,
    choices: _groups,
    vendors: _vendors,
    layer: _layer,
    conflict_shown: !!_told && choice.told > 0,
    keep_proof: _keepProof,
  });
  evaluate(/** @type {import("../decision/precomputed.js").Situation} */ (_action));
  state._follow?.();
}

/**
 * Return the signals, as bits, that a visitor who read the sentence `told` was informed of.
 *
 * @param {string} [told]
 */
export function toldSignals(told) {
  return told ? actingSignals(state._payload.resolved, state._signals) : 0;
}

/**
 * Return the choice that consists of these answers alone.
 *
 * @param {number} told
 * @param {Record<string, boolean>} groups
 * @param {Record<string, boolean>} vendors
 */
export function choiceFrom(told, groups, vendors) {
  const choice = newChoice(told, state._payload.resolved);
  for (const group of OPTIONAL) {
    const answer = own(groups, group) ?? null;
    choice.groups[group] = answer;
    choice.keys[group] = (answer !== null && state._payload.resolved.keys?.[group]) || "00000000";
  }
  Object.assign(choice.vendors, vendors);
  return choice;
}
