/** Follow a choice where the page's own Content-Security-Policy, made before it, keeps out what was granted since. */
import { addressBlockReason, vendorAt } from "./unmarked_content.js";
import { formatChoice } from "../decision/choice.js";
import { page, quiet } from "../page/safe_dom.js";
import { readChoice } from "../choice/read_choice_cookie.js";
import { reloadWithoutLoss } from "../page/dirty_forms.js";
import { state } from "../state.js";

/**
 * Load the page again, once for a choice: a server that makes policies by choice then sends the one for it.
 *
 * @param {boolean} hasChosen whether the visitor chose in this page already
 */
export function followPolicy(hasChosen) {
  let before = hasChosen ? null : current();
  page.addEventListener("securitypolicyviolation", (event) => void quiet(check)(event));

  /** @param {SecurityPolicyViolationEvent} event */
  function check({ blockedURI, disposition }) {
    // Where the browser keeps no choice, the page that follows would ask again.
    if (disposition !== "enforce" || current() === before || !readChoice(state._payload.visit.site).choice) return;
    if (!vendorAt(blockedURI) || addressBlockReason(blockedURI)) return;
    before = current();
    reloadWithoutLoss();
  }
}

/** Return the choice that counts in this page, as its cookie has it. */
function current() {
  return state._choice && formatChoice(state._choice);
}
