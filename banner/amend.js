/** Choices that change a part of the one before. */
import { amended } from "./amended.js";
import { answered, choose, toldNow } from "./choose.js";
import { state } from "./state.js";

/**
 * Make a choice that leaves as it was what `act` does not name.
 *
 * @param {import("./choose.js").Act} act
 */
export function amend(act) {
  const now = answered(toldNow(act._told), act._groups, act._vendors || {});
  choose({ ...act, _choice: state._choice ? amended(state._choice, now, state._payload.resolved.life) : now });
}
