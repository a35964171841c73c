/** The links that a place asks for, in the page's own text: `<span data-choices-link>` is filled with them. */
import { choose } from "./change.js";
import { element, findAll, webAddress } from "./page.js";
import { openPreferences } from "./preferences.js";
import { say } from "./text.js";
import { state } from "./state.js";

/** What a link refuses at once: its law wants no second step (CCPA regulations 7026, PECR schedule A1). */
/** @type {Record<string, [string, string]>} */
const REFUSES = {
  do_not_sell_or_share: ["opt_out", "advertising"],
  opt_out_link: ["opt_out", "advertising"],
  object_statistics: ["object", "analytics"],
  object_appearance: ["object", "functional"],
};
const OPENS = ["withdraw_consent", "limit_sensitive_pi"];

/** @type {WeakSet<Element>} */
const filled = new WeakSet();

/** @param {Element | Document} root */
export function fillLinks(root) {
  for (const place of findAll(root, "[data-choices-link]")) {
    if (filled.has(place)) continue;
    filled.add(place);
    const links = state._decision.links.map(newChoicesLink).filter((link) => link !== null);
    if (!links.some((link) => link.role)) links.unshift(actingLink(say("back"), openPreferences));
    for (const link of links) {
      link.style.cssText = "display:inline-block;min-height:24px;margin-inline-end:1em"; // WCAG 2.5.8
      place.append(link);
    }
  }
}

/** @param {string} token `or:` names what may stand in for the links before it: we show those */
function newChoicesLink(token) {
  const label = say("link_" + token);
  const refuses = Object.hasOwn(REFUSES, token) && REFUSES[token];
  if (!label) return null;
  if (OPENS.includes(token)) return actingLink(label, openPreferences);
  if (refuses) {
    return actingLink(label, () => {
      choose({ _action: refuses[0], _groups: { [refuses[1]]: false }, _amends: true });
      return openPreferences();
    });
  }
  const policy = webAddress(state._payload.controller.policy_url);
  return policy ? element("a", { href: policy }, label) : null;
}

/**
 * @param {string} label
 * @param {() => unknown} act
 */
function actingLink(label, act) {
  const click = (/** @type {Event} */ event) => {
    event.preventDefault();
    return act();
  };
  return element("a", { href: "#", role: "button", click }, label);
}
