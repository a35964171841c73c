/** Set the source of script elements; with Trusted Types, through a policy named `consent`. */
import { page } from "../page/safe_dom.js";

/** @type {any} */
let policy;

/**
 * Set the address of `script` or, without one, its text.
 *
 * @param {HTMLScriptElement} script
 * @param {string} address
 * @param {string} [text]
 */
export function fillScript(script, address, text = "") {
  const types = Reflect.get(window, "trustedTypes");
  if (types instanceof Object && types.createPolicy && !policy) {
    const same = (/** @type {string} */ value) => value;
    policy = types.createPolicy("consent", { createScriptURL: same, createScript: same });
  }
  if (address) script.src = policy ? policy.createScriptURL(address) : address;
  else script.text = policy ? policy.createScript(text) : text;
}
