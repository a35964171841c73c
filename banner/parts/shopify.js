/** Shopify's Customer Privacy API (shopify.dev/docs/api/customer-privacy). */
import { isGranted, isSwitchedOn, sendAlways } from "../sends.js";
import { state } from "../state.js";

/** Begin, where the site has the switch. */
export default function start() {
  if (!isSwitchedOn("shopify")) return;
  sendAlways(send);
  addEventListener("load", send); // the shop's script may come after ours
}

function send() {
  // Until a visitor has decided, by choice or signal, the shop's own default for the place holds.
  if (!state._choice && state._decision.groups.advertising.reason !== "gpc") return;
  const shop = Reflect.get(window, "Shopify");
  if (shop?.customerPrivacy) tell(shop);
  else shop?.loadFeatures?.([{ name: "consent-tracking-api", version: "0.1" }], (/** @type {unknown} */ fault) => fault || tell(shop));
}

let last = "";

/** @param {any} shop */
function tell(shop) {
  const marketing = isGranted("advertising");
  const answers = { analytics: isGranted("analytics"), marketing, preferences: isGranted("functional"), sale_of_data: marketing };
  if (last === (last = JSON.stringify(answers))) return;
  shop.customerPrivacy.setTrackingConsent(answers, () => {});
}
