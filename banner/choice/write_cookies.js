/** Write cookies of the page, among them the consent cookie. */
import { formatChoice } from "../decision/choice.js";

/**
 * Store `choice` for 400 days, the most that browsers grant; how long it counts is for `decide`.
 *
 * @param {string} site
 * @param {string} scope the domain that sees it, empty for this host alone
 * @param {import("../decision/choice.js").Choice} choice
 */
export function writeChoice(site, scope, choice) {
  const value = formatChoice(choice);
  if (!value) return; // too many vendors for a cookie: the choice holds for this page alone
  const name = `consent_${site}=`;
  if (scope) setCookie(name + ";Max-Age=0"); // one of this host alone would hide it
  setCookie(name + value + ";Max-Age=34560000;SameSite=Lax" + (scope && ";Domain=" + scope));
}

/**
 * @param {string} text
 * @param {string} [path]
 */
export function setCookie(text, path = "/") {
  try {
    // Through the prototype, as `page` reads: an element of the page that is named `cookie` would hide the real one.
    Reflect.set(Document.prototype, "cookie", text + ";Path=" + path + (location.protocol === "https:" ? ";Secure" : ""), document);
  } catch {
    // The choice then holds for this page alone.
  }
}
