/** Store items as `consent_<site>_<name>` in the browser's local storage, if it has one. */
import { state } from "../state.js";

/** @param {string} name */
export function readItem(name) {
  try {
    return localStorage.getItem(keyOf(name));
  } catch {
    return undefined;
  }
}

/**
 * Store `text`, or remove the item if it is null, and return whether that worked.
 *
 * @param {string} name
 * @param {string | null} text
 */
export function rememberItem(name, text) {
  try {
    if (text === null) localStorage.removeItem(keyOf(name));
    else localStorage.setItem(keyOf(name), text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Return the storage key of the item `name`.
 *
 * @param {string} name
 */
export function keyOf(name) {
  return `consent_${state._payload.visit.site}_${name}`;
}
