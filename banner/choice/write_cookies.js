/** Write the page's cookies, including the consent cookie. */
import { formatChoice } from "../decision/choice.js";

/**
 * Store `choice` for 400 days, the most that browsers allow; `decide` determines how long it counts.
 *
 * @param {string} site
 * @param {string} scope the domain that can read it, empty for this host only
 * @param {import("../decision/choice.js").Choice} choice
 */
export function writeChoice(site, scope, choice) {
  const value = formatChoice(choice);
  if (!value) return; // too many vendors for a cookie: the choice applies to this page only
  const name = `consent_${site}=`;
  if (scope) setCookie(name + ";Max-Age=0"); // a host-only cookie would hide it
  setCookie(name + value + ";Max-Age=34560000;SameSite=Lax" + (scope && ";Domain=" + scope));
}

/**
 * @param {string} text
 * @param {string} [path]
 */
export function setCookie(text, path = "/") {
  try {
    // Through the prototype, like `page`: an element of the page named `cookie` would hide the real property.
    Reflect.set(Document.prototype, "cookie", text + ";Path=" + path + (location.protocol === "https:" ? ";Secure" : ""), document);
  } catch {
    // The choice then applies to this page only.
  }
}
