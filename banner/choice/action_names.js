/** Complete a choice by earlier refusals, and name its action, which may differ from the button that was pressed. */
import { OPTIONAL } from "../decision/groups.js";
import { OPT_IN } from "../decision/ranks.js";
import { state } from "../state.js";

/** @typedef {import("../decision/choice.js").Choice} Choice */

/**
 * Keep earlier refusals of groups that the visitor wasn't asked about this time, and return the action.
 *
 * @param {string} action
 * @param {Choice | null} before
 * @param {Choice} after
 */
export function completeChoice(action, before, after) {
  for (const group of OPTIONAL) {
    if (after.groups[group] !== null || before?.groups[group] !== false) continue;
    after.groups[group] = false;
    after.keys[group] = before.keys[group];
  }
  return nameAction(action, before, after);
}

/**
 * Return the action: removing a grant is a withdrawal whatever button did it, and a grant after a refusal, or despite a
 * signal, is an opt-in where the law lets tags load until they are refused.
 *
 * @param {string} action
 * @param {Choice | null} before
 * @param {Choice} after
 */
function nameAction(action, before, after) {
  const { groups, tags } = state._payload.resolved;
  const isOn = (/** @type {string} */ vendor) =>
    after.vendors[vendor] ?? tags.some((tag) => tag.vendor === vendor && after.groups[tag.group]);
  const isTaken =
    before &&
    (OPTIONAL.some((group) => before.groups[group] && !after.groups[group]) ||
      Object.keys(before.vendors).some((vendor) => before.vendors[vendor] && !isOn(vendor)));
  if (isTaken) return "withdraw";
  const isBack = (/** @type {import("../types.js").Group} */ group) =>
    after.groups[group] && groups[group].level < OPT_IN && (before?.groups[group] === false || after.told);
  return OPTIONAL.some(isBack) ? "opt_in" : action;
}
