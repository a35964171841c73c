/** Send the decision to Shopify's Customer Privacy API (shopify.dev/docs/api/customer-privacy). */
import { isGranted, isEnabled, sendOnChange } from "../vendors/platform_signals.js";
import { state } from "../state.js";

/** Begin, if the site has switched this on. */
export default function start() {
  if (!isEnabled("shopify")) return;
  sendOnChange(send);
  addEventListener("load", send); // the shop's script may load after ours
}

function send() {
  // Until the visitor has decided, by choice or signal, the shop's own default for the place applies.
  if (!state._choice && state._decision.groups.advertising.reason !== "gpc") return;
  const shop = Reflect.get(window, "Shopify");
  if (shop?.customerPrivacy) sendAnswers(shop);
  else shop?.loadFeatures?.([{ name: "consent-tracking-api", version: "0.1" }], (/** @type {unknown} */ fault) => fault || sendAnswers(shop));
}

let last = "";

/** @param {any} shop */
function sendAnswers(shop) {
  const marketing = isGranted("advertising");
  const answers = { analytics: isGranted("analytics"), marketing, preferences: isGranted("functional"), sale_of_data: marketing };
  if (last === (last = JSON.stringify(answers))) return;
  shop.customerPrivacy.setTrackingConsent(answers, () => {});
}
