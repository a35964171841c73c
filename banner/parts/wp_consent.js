/** Send the decision to the WP Consent API, which WordPress plugins read (github.com/rlankhorst/wp-consent-level-api). */
import { page } from "../page/safe_dom.js";
import { OPT_IN } from "../decision/ranks.js";
import { isGranted, isEnabled, sendOnChange } from "../vendors/platform_signals.js";
import { state } from "../state.js";

/** The API's categories; its "functional" means what a site can't work without. */
const CATEGORIES = /** @type {const} */ ({
  functional: "essential",
  preferences: "functional",
  "statistics-anonymous": "analytics",
  statistics: "analytics",
  marketing: "advertising",
});

/** Begin, if the site has switched this on. */
export default function start() {
  if (!isEnabled("wp_consent")) return;
  Reflect.set(window, "wp_consent_type", isOptOut() ? "optout" : "optin");
  sendOnChange(send);
  addEventListener("load", send); // the plugin's script may load after ours
}

/** Until `acts` has brought the groups' rules, nothing may run before a choice. */
function isOptOut() {
  const { resolved } = state._payload;
  return Object.hasOwn(resolved, "groups") && resolved.groups.analytics.level < OPT_IN;
}

let isDefined = false;

/** Send denials first, and the event last: in an opt-out place, the API treats what was not set as allowed. */
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
