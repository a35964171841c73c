/** The page's cookies, and among them the one that holds the choice. */
import { formatChoice, parseChoice } from "./choice.js";
import { page } from "./page.js";

/** Return the names and values of the cookies that this page can see. */
export function readCookies() {
  try {
    return page.cookie.split("; ").map((pair) => {
      const [name, ...value] = pair.split("=");
      return [name, value.join("=")];
    });
  } catch {
    return []; // a sandboxed page has none
  }
}

/**
 * Return the choice for `site`, the newest where host and parent domain both hold one.
 *
 * @param {string} site
 */
export function readChoice(site) {
  return readCookies()
    .map(([name, value]) => (name === "consent_" + site ? parseChoice(value) : null))
    .reduce((newest, choice) => (choice && choice.day >= (newest ? newest.day : 0) ? choice : newest), null);
}

/**
 * Keep `choice` for 400 days, the most that browsers grant; how long it counts is for `decide`.
 *
 * @param {string} site
 * @param {string} scope the domain that sees it, empty for this host alone
 * @param {import("./choice.js").Choice} choice
 */
export function writeChoice(site, scope, choice) {
  const value = formatChoice(choice);
  if (!value) return; // too many vendors for a cookie: the choice holds for this page alone
  if (scope) setCookie(`consent_${site}=;Max-Age=0`); // one of this host alone would hide it
  setCookie(`consent_${site}=${value};Max-Age=34560000;SameSite=Lax${scope && ";Domain=" + scope}`);
}

/** @param {string} text */
export function setCookie(text) {
  try {
    page.cookie = text + (text.includes(";Path=") ? "" : ";Path=/") + (location.protocol === "https:" ? ";Secure" : "");
  } catch {
    // The choice then holds for this page alone.
  }
}
