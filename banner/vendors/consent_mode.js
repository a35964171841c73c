/**
 * Set Google consent mode v2: all seven types, before any managed tag. The push must be an `arguments` object: Tag Manager
 * ignores an array (developers.google.com/tag-platform/security/guides/consent).
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
/** Whether a default was the last command sent, for which tags wait half a second. @type {boolean | undefined} */
let isAwaited;

/**
 * Send consent mode what is granted: `default` the first time, unless the blocker did, and `update` after that. Tags that wait
 * for an update go with the first one, so none is told before there is a decision, and one follows each default, though it
 * says the same, once nobody is asked.
 *
 * @param {Record<string, {granted: boolean}>} [groups] without them nothing is decided yet: a default of what is essential
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
    dataLayer.push(arguments); // a page may have made it another's, which throws
  });
  const region = state._payload?.region;
  tell("consent", isFirst ? "default" : "update", values);
  // A default of the page's own that names the visitor's region would win over one that names none.
  if (isFirst && region) tell("consent", "default", { ...values, region: [region] });
}
