/** The signals for everybody on a page, which an owner has switched on: each is a part of its own. */
import { parts } from "./parts.js";
import { state } from "./state.js";

/** @param {string} name */
export function isSwitchedOn(name) {
  return (state._payload.sends || []).includes(name);
}

/**
 * Tell the decision now and at each change.
 *
 * @param {() => void} send
 */
export function sendAlways(send) {
  parts.push({ follow: send });
  send();
}

/** @param {"essential" | import("./types.js").Group} group */
export function isGranted(group) {
  return state._decision.groups[group].granted;
}
