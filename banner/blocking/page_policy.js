/** Reload the page after a choice if its Content-Security-Policy, made before, blocks what has been granted. */
import { addressBlockReason, vendorAt } from "./unmarked_content.js";
import { formatChoice } from "../decision/choice.js";
import { page, quiet } from "../page/safe_dom.js";
import { readChoice } from "../choice/read_choice_cookie.js";
import { reloadWithoutLoss } from "../page/dirty_forms.js";
import { state } from "../state.js";

/**
 * Reload the page, once per choice: a server that sends policies by choice then sends the right one.
 *
 * @param {boolean} hasChosen whether the visitor has already chosen in this page
 */
export function followPolicy(hasChosen) {
  let before = hasChosen ? null : current();
  page.addEventListener("securitypolicyviolation", (event) => void quiet(check)(event));

  /** @param {SecurityPolicyViolationEvent} event */
  function check({ blockedURI, disposition }) {
    // If the browser stores no choice, the next page would ask again.
    if (disposition !== "enforce" || current() === before || !readChoice(state._payload.visit.site).choice) return;
    if (!vendorAt(blockedURI) || addressBlockReason(blockedURI)) return;
    before = current();
    reloadWithoutLoss();
  }
}

/** Return the choice that counts in this page, as its cookie value. */
function current() {
  return state._choice && formatChoice(state._choice);
}
