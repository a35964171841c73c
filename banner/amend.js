/** Choices that change a part of the one before. */
import { addMonths } from "./months.js";
import { answered, choose, toldNow } from "./choose.js";
import { OPTIONAL } from "./groups.js";
import { state } from "./state.js";

/**
 * Make a choice that leaves as it was what `act` does not name.
 *
 * @param {import("./choose.js").Act} act
 */
export function amend(act) {
  const told = toldNow(act._told);
  choose({ ...act, _choice: amended(answered(told, act._groups, act._vendors || {}), act) });
}

/**
 * @param {import("./choice.js").Choice} now
 * @param {import("./choose.js").Act} act
 */
function amended(now, { _groups, _vendors }) {
  const before = state._choice;
  if (!before) return now;
  // A new grant must not lend earlier ones another rule, another day, or a signal they were not told of: then only
  // refusals are carried over. Else earlier answers keep what they were given under.
  const isWhole =
    !Object.values({ ..._groups, ..._vendors }).includes(true) ||
    (before.regime + before.letters + before.told === now.regime + now.letters + now.told &&
      now.day < addMonths(before.day, state._payload.resolved.life));
  for (const group of OPTIONAL) {
    if (Object.hasOwn(_groups, group) || (!isWhole && before.groups[group])) continue;
    now.groups[group] = before.groups[group];
    now.keys[group] = before.keys[group];
  }
  for (const vendor in before.vendors) {
    if (isWhole || !before.vendors[vendor]) now.vendors[vendor] ??= before.vendors[vendor];
  }
  const { day, regime, letters, told } = before;
  return isWhole ? Object.assign(now, { day, regime, letters, told }) : now;
}
