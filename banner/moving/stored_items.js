/**
 * Read what other consent tools store in local storage instead of a cookie, under the same name, as pairs like those of
 * cookies, so that the same rules read it.
 *
 * @typedef {import("../types.js").OldFacts} OldFacts
 */

/**
 * The tools that can: klaro by `storageMethod`, vanilla-cookieconsent by `cookie.useLocalStorage`, older Didomi
 * versions.
 */
const TOOLS = ["klaro", "vanilla-cookieconsent", "didomi"];
const MAX_ITEM = 4096;
/** A value that no reader accepts. */
const DAMAGED = "%";

/**
 * @param {OldFacts} old
 * @returns {[string, string][]}
 */
export function storedItems({ tool, cookie }) {
  if (!TOOLS.includes(tool)) return [];
  try {
    const item = localStorage.getItem(cookie);
    return item === null ? [] : [[cookie, encoded(item)]];
  } catch {
    return []; // a browser without local storage
  }
}

/** @param {OldFacts} old */
export function removeStored({ tool, cookie }) {
  try {
    if (TOOLS.includes(tool)) localStorage.removeItem(cookie);
  } catch {
    // then it can't be there either
  }
}

/** @param {string} item */
function encoded(item) {
  try {
    return item.length > MAX_ITEM ? DAMAGED : encodeURIComponent(item);
  } catch {
    return DAMAGED; // half of a surrogate pair
  }
}
