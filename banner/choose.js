/**
 * Making a choice: what it does to the cookie, and what is to be written of it.
 *
 * @typedef {import("./choice.js").Choice} Choice
 *
 * @typedef {object} Act
 * @property {string} _action
 * @property {Record<string, boolean>} _groups
 * @property {Record<string, boolean>} [_vendors]
 * @property {boolean} [_amends] what it does not name stays as it was
 * @property {number} [_layer]
 * @property {string} [_method]
 * @property {string} [_told] the sentence that told the visitor of a signal against a grant
 * @property {boolean} [_keepProof]
 */
import { writeChoice } from "./cookies.js";
import { addMonths, today } from "./days.js";
import { actingSignals } from "./decide.js";
import { OPTIONAL, OPT_IN } from "./groups.js";
import { enqueue } from "./queue.js";
import { state } from "./state.js";

const NO_KEY = "00000000";

/**
 * Return an act that refuses every group, or grants each that can be granted here.
 *
 * @param {string} action
 * @param {boolean} granted
 * @returns {Act}
 */
export function answerAll(action, granted) {
  const groups = OPTIONAL.filter((group) => !granted || !isLocked(group));
  return { _action: action, _groups: Object.fromEntries(groups.map((group) => [group, granted])) };
}

/**
 * Tell whether nobody can grant `group` here, because of an age.
 *
 * @param {string} group
 */
export function isLocked(group) {
  return state._decision.groups[group].reason === "minor";
}

/**
 * Keep the choice that `act` makes, in the cookie and in the queue.
 *
 * @param {Act} act
 */
export function record(act) {
  const { _payload, _signals, _choice } = state;
  const { config, token, site, scope, resolved } = _payload;
  const told = act._told ? actingSignals(resolved, _signals) : 0;
  const choice = newChoice(act, told);
  writeChoice(site, scope, choice);
  state._choice = choice;
  enqueue({
    config,
    token,
    action: actionOf(act, _choice, choice),
    method: act._method || "click",
    choices: act._groups,
    vendors: act._vendors || {},
    layer: act._layer || 1,
    conflict_shown: told > 0,
    age_band: _signals.age_band,
    keep_proof: act._keepProof || false,
  });
}

/**
 * @param {Act} act
 * @param {number} told
 */
function newChoice({ _groups, _vendors, _amends }, told) {
  const { regime, letters, groups, life } = state._payload.resolved;
  const before = _amends ? state._choice : null;
  /** @type {Choice} */
  const choice = { day: today(), regime, letters, told, groups: {}, keys: {}, vendors: Object.create(null) };
  // A new grant must not lend earlier ones another rule, another day, or a signal they were not told of: then only
  // refusals are carried over. Else earlier answers keep what they were given under.
  const isWhole =
    before &&
    (!Object.values({ ..._groups, ..._vendors }).includes(true) ||
      (before.regime + before.letters + before.told === regime + letters + told && today() < addMonths(before.day, life)));
  if (before && isWhole) Object.assign(choice, before, { groups: {}, keys: {}, vendors: choice.vendors });
  for (const group of OPTIONAL) {
    const isKept = before && (isWhole || !before.groups[group]);
    choice.groups[group] = isKept ? before.groups[group] : null;
    choice.keys[group] = isKept ? before.keys[group] : NO_KEY;
    if (!Object.hasOwn(_groups, group)) continue;
    choice.groups[group] = _groups[group];
    choice.keys[group] = groups[group].keys[0] || NO_KEY;
  }
  for (const [vendor, granted] of Object.entries(before?.vendors || {})) {
    if (isWhole || !granted) choice.vendors[vendor] = granted;
  }
  Object.assign(choice.vendors, _vendors);
  return choice;
}

/**
 * Name what was done: taking a grant away is a withdrawal whatever button did it, and a grant after a refusal, or against
 * a signal, is an opting in where the law lets tags load until they are refused.
 *
 * @param {Act} act
 * @param {Choice | null} before
 * @param {Choice} after
 */
function actionOf({ _action }, before, after) {
  const { groups, tags } = state._payload.resolved;
  const isOn = (/** @type {string} */ vendor) =>
    after.vendors[vendor] ?? tags.some((tag) => tag.vendor === vendor && after.groups[tag.group]);
  const isTaken =
    before &&
    (OPTIONAL.some((group) => before.groups[group] && !after.groups[group]) ||
      Object.keys(before.vendors).some((vendor) => before.vendors[vendor] && !isOn(vendor)));
  if (isTaken) return "withdraw";
  const isBack = (/** @type {import("./types.js").Group} */ group) =>
    after.groups[group] && groups[group].level < OPT_IN && (before?.groups[group] === false || after.told);
  return OPTIONAL.some(isBack) ? "opt_in" : _action;
}
