/** Send the decision to the WP Consent API, which WordPress plugins read (github.com/rlankhorst/wp-consent-level-api). */
import { page } from "../page/safe_dom.js";
import { OPT_IN } from "../decision/ranks.js";
import { isGranted, isEnabled, sendOnChange } from "../vendors/platform_signals.js";
import { state } from "../state.js";

/** Its categories; what it calls functional is what a site cannot work without. */
const CATEGORIES = /** @type {const} */ ({
  functional: "essential",
  preferences: "functional",
  "statistics-anonymous": "analytics",
  statistics: "analytics",
  marketing: "advertising",
});

/** Begin, where the site has the switch. */
export default function start() {
  if (!isEnabled("wp_consent")) return;
  Reflect.set(window, "wp_consent_type", isOptOut() ? "optout" : "optin");
  sendOnChange(send);
  addEventListener("load", send); // the plugin's script may come after ours
}

/** Without the groups' rules, which what decides brings, nothing may run before a choice. */
function isOptOut() {
  const { resolved } = state._payload;
  return Object.hasOwn(resolved, "groups") && resolved.groups.analytics.level < OPT_IN;
}

let isDefined = false;

/** Send what is denied first, and the event last: in an opt-out place the API counts what was not set as allowed. */
function send() {
  const tell = Reflect.get(window, "wp_set_consent");
  if (typeof tell !== "function") return;
  const categories = Object.entries(CATEGORIES);
  for (const [category, group] of categories) isGranted(group) || tell(category, "deny");
  for (const [category, group] of categories) isGranted(group) && tell(category, "allow");
  if (isDefined) return;
  isDefined = true;
  page.dispatchEvent(new CustomEvent("wp_consent_type_defined"));
}
