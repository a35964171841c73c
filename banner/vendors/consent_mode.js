/**
 * Set Google consent mode v2: all seven types, before any managed tag. The push must be an `arguments` object, since
 * Tag Manager ignores an array (developers.google.com/tag-platform/security/guides/consent).
 */
import { quiet } from "../page/safe_dom.js";
import { state } from "../state.js";

/** @type {Record<string, string>} */
const TYPES = {
  advertising: "ad_storage ad_user_data ad_personalization",
  analytics: "analytics_storage",
  functional: "functionality_storage personalization_storage",
  essential: "security_storage",
};

let last = "";
/** Whether a default was the last command sent, after which tags wait half a second. @type {boolean | undefined} */
let isAwaited;

/**
 * Send what is granted to consent mode: `default` the first time, unless the blocker did, and `update` after that. Tags
 * that wait for an update run with the first one, so none is sent before there is a decision, and each default is
 * followed by one, even an identical one, when no layer asks.
 *
 * @param {Record<string, {granted: boolean}>} [groups] without them nothing is decided yet: the default only grants the essential types
 */
export function setConsentMode(groups) {
  /** @type {Record<string, unknown>} */
  const values = {};
  for (const group of Object.keys(TYPES)) {
    for (const type of TYPES[group].split(" ")) values[type] = (groups ? groups[group].granted : group === "essential") ? "granted" : "denied";
  }
  state._mode?.(values);
  const now = JSON.stringify(values);
  if (now === last && (state._decision?.show === "ask" || !isAwaited)) return;
  let { dataLayer } = /** @type {any} */ (window);
  if (!Array.isArray(dataLayer)) /** @type {any} */ (window).dataLayer = dataLayer = [];
  const isFirst = !last && !dataLayer.some((/** @type {any} */ entry) => entry?.[0] === "consent" && entry[1] === "default");
  if (!groups && !isFirst) return;
  last = now;
  isAwaited = isFirst;
  if (isAwaited) values.wait_for_update = 500;
  /** @type {(...entry: unknown[]) => void} */
  const tell = quiet(function () {
    dataLayer.push(arguments); // throws if the page has replaced it
  });
  const region = state._payload?.region;
  tell("consent", isFirst ? "default" : "update", values);
  // A default of the page's own that names the visitor's region would override one without a region.
  if (isFirst && region) tell("consent", "default", { ...values, region: [region] });
}
