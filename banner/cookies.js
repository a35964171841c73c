/** The page's cookies, and among them the one that holds the choice. */
import { formatChoice, parseChoice } from "./choice.js";
import { page } from "./page.js";

/**
 * Return the choice for `site`, the newest where host and parent domain both hold one.
 *
 * @param {string} site
 */
export function readChoice(site) {
  /** @type {import("./choice.js").Choice | null} */
  let newest = null;
  for (const [name, value] of readCookies()) {
    const choice = name === "consent_" + site ? parseChoice(value) : null;
    if (choice && !(newest && newest.day > choice.day)) newest = choice;
  }
  return newest;
}

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
 * Keep `choice` for 400 days, the most that browsers grant; how long it counts is for `decide`.
 *
 * @param {string} site
 * @param {string} scope the domain that sees it, empty for this host alone
 * @param {import("./choice.js").Choice} choice
 */
export function writeChoice(site, scope, choice) {
  const value = formatChoice(choice);
  if (!value) return; // too many vendors for a cookie: the choice holds for this page alone
  const name = `consent_${site}=`;
  if (scope) setCookie(name + ";Max-Age=0"); // one of this host alone would hide it
  setCookie(`${name}${value};Max-Age=34560000;SameSite=Lax${scope && ";Domain=" + scope}`);
}

/**
 * @param {string} text
 * @param {string} [path]
 */
export function setCookie(text, path = "/") {
  try {
    page.cookie = `${text};Path=${path}${location.protocol === "https:" ? ";Secure" : ""}`;
  } catch {
    // The choice then holds for this page alone.
  }
}
