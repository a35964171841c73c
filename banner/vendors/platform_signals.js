/** Shared by the parts that send the decision to other platforms' consent APIs, if an owner has switched them on. */
import { parts } from "../parts.js";
import { state } from "../state.js";

/** @param {string} name */
export function isEnabled(name) {
  return (state._payload.sends || []).includes(name);
}

/**
 * Send the decision now and after each change.
 *
 * @param {() => void} send
 */
export function sendOnChange(send) {
  parts.push({ follow: send });
  send();
}

/** @param {"essential" | import("../types.js").Group} group */
export function isGranted(group) {
  return state._decision.groups[group].granted;
}
