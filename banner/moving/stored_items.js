/**
 * Read what other consent tools keep in the local storage in place of a cookie, under the same name: as pairs like those of
 * cookies, so that it is read by the same rules.
 *
 * @typedef {import("../types.js").OldFacts} OldFacts
 */

/** Which tools can: klaro's `storageMethod`, vanilla-cookieconsent's `cookie.useLocalStorage`, Didomi's older versions. */
const TOOLS = ["klaro", "vanilla-cookieconsent", "didomi"];
const MAX_ITEM = 4096;
/** What no reader takes. */
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
    return []; // a browser that keeps none
  }
}

/** @param {OldFacts} old */
export function removeStored({ tool, cookie }) {
  try {
    if (TOOLS.includes(tool)) localStorage.removeItem(cookie);
  } catch {
    // nor can it be there
  }
}

/** @param {string} item */
function encoded(item) {
  try {
    return item.length > MAX_ITEM ? DAMAGED : encodeURIComponent(item);
  } catch {
    return DAMAGED; // half of a letter
  }
}
