/** What the browser keeps for us beside the cookie: `consent_<site>_<name>` in its local storage, where it has one. */
import { state } from "./state.js";

/** @param {string} name */
export function recall(name) {
  try {
    return localStorage.getItem(keyOf(name));
  } catch {
    return undefined;
  }
}

/**
 * Keep `text`, or remove it where it is null, and tell whether the browser did so.
 *
 * @param {string} name
 * @param {string | null} text
 */
export function remember(name, text) {
  try {
    if (text === null) localStorage.removeItem(keyOf(name));
    else localStorage.setItem(keyOf(name), text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Return the name that what we call `name` has beside what the page keeps.
 *
 * @param {string} name
 */
export function keyOf(name) {
  return `consent_${state._payload.visit.site}_${name}`;
}
