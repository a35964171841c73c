/** Make a choice that changes part of the previous one. */
import { amended } from "../decision/amend_choice.js";
import { choiceFrom, choose, isLocked, toldSignals } from "./make_choice.js";
import { OPTIONAL } from "../decision/groups.js";
import { state } from "../state.js";

/**
 * Make a choice that leaves everything that `act` doesn't name unchanged. A grant that an age forbids here is neither
 * stored nor sent: the next page may not know the age.
 *
 * @param {import("./make_choice.js").Act} act
 */
export function makePartialChoice(act) {
  const _groups = without(act._groups, isLocked);
  const _vendors = without(act._vendors || {}, isVendorLocked);
  if (!Object.keys({ ..._groups, ..._vendors }).length) return;
  const now = choiceFrom(toldSignals(act._told), _groups, _vendors);
  const choice = state._choice ? amended(state._choice, now, state._payload.resolved.life) : now;
  for (const group of OPTIONAL) {
    if (!choice.groups[group] || !isLocked(group)) continue;
    choice.groups[group] = null;
    choice.keys[group] = "00000000";
  }
  choice.vendors = without(choice.vendors, isVendorLocked);
  choose({ ...act, _groups, _vendors, _choice: choice });
}

/**
 * Return `answers` without grants of what is locked.
 *
 * @param {Record<string, boolean>} answers
 * @param {(name: string) => boolean} isHeld
 */
function without(answers, isHeld) {
  return Object.fromEntries(Object.entries(answers).filter(([name, answer]) => !(answer && isHeld(name))));
}

/**
 * Return whether none of the tags of `vendor` can be granted here because of an age.
 *
 * @param {string} vendor
 */
function isVendorLocked(vendor) {
  const tags = state._decision.tags.filter((tag) => tag.vendor === vendor);
  return !!tags.length && tags.every((tag) => tag.reason === "minor");
}
