/** Make the choices that the page requests through `window.consent`. */
import { makePartialChoice } from "./make_partial_choice.js";
import { answerAll, choose } from "./make_choice.js";
import { acts } from "../acts_payload.js";
import { OPTIONAL } from "../decision/groups.js";
import { state } from "../state.js";

/**
 * Make a choice such as `set({analytics: true})`; everything else stays as it was.
 *
 * @param {Record<string, boolean>} [groups]
 * @param {Record<string, boolean>} [vendors]
 */
export function set(groups, vendors) {
  change("save", groups, vendors);
}

/**
 * Withdraw the grant of `group`, or all grants.
 *
 * @param {string} [group]
 */
export function withdraw(group) {
  if (group) change("withdraw", { [group]: false });
  else choose({ _action: "withdraw", _groups: answerAll(false), _method: "api" });
}

/**
 * @param {string} action
 * @param {Record<string, boolean>} [groups]
 * @param {Record<string, boolean>} [vendors]
 */
function change(action, groups, vendors) {
  const known = pick(groups, OPTIONAL);
  // A page older than the last publish didn't name all vendors; choices about unnamed ones would not be accepted.
  const unnamed = state._payload.resolved.tags.filter(({ hold }) => hold === "not_covered").map(({ vendor }) => vendor);
  const knownVendors = pick(vendors, Object.keys(acts().vendors).filter((id) => !unnamed.includes(id)));
  if (!Object.keys({ ...known, ...knownVendors }).length) throw new TypeError("name a group or vendor, true or false");
  makePartialChoice({ _action: action, _groups: known, _vendors: knownVendors, _method: "api" });
}

/**
 * @param {Record<string, boolean> | undefined} answers
 * @param {string[]} names
 */
function pick(answers, names) {
  const entries = Object.entries(answers || {});
  return Object.fromEntries(entries.filter(([name, answer]) => names.includes(name) && answer === !!answer));
}
