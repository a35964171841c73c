/**
 * Use decisions that the service precomputed, if nothing may run before a choice: for a visitor who has not chosen, and
 * for either answer on the first layer. The part `acts` decides everything else.
 *
 * @typedef {"ask" | "accept_all" | "reject_all"} Situation
 */
import { cookieText } from "../choice/document_cookie.js";
import { fetchActs } from "../parts.js";
import { state } from "../state.js";

/** @type {Situation} */
let present = "ask";
let isPageChecked = false;

/**
 * Decide for the page as it is now; without the part `acts`, as the service did for `situation`. Nothing is read from
 * the page before it is known whether that suffices: it only affects what is shown.
 *
 * @param {Situation} [situation]
 */
export function evaluate(situation = present) {
  present = situation;
  if (state._decide) return state._decide();
  const { ahead, signals } = state._payload;
  const { show, status, expires, answers } = ahead[situation];
  /** @type {import("../types.js").Decision} */
  const decision = {
    show: isPageChecked && isUndecided() ? "none" : show,
    status,
    links: ahead.links,
    expires,
    groups: {},
    tags: [],
    allowed_tags: [],
    limited_tags: [],
  };
  ahead.named.forEach((name, index) => {
    const [id, vendor, group] = name.split(" ");
    const [mode, reason] = /** @type {["full" | "held" | "limited", string]} */ (answers[index].split(" "));
    const { rule } = ahead;
    if (!vendor) decision.groups[id] = { granted: mode === "full", reason, ...(index && { rule }) };
    else decision.tags.push({ id, vendor, group, mode, reason, rule });
    if (vendor && mode !== "held") decision[mode === "full" ? "allowed_tags" : "limited_tags"].push(id);
  });
  state._signals = signals;
  state._decision = decision;
}

/**
 * Return whether the service didn't know enough to decide: there is already a choice, a signal that its request didn't
 * have, or a page with its own rules. Then no layer is shown, and everything is blocked.
 */
export function isUndecided() {
  const { ahead, signals, visit } = state._payload;
  return (
    !state._decide &&
    (`; ${cookieText()}`.includes(`; consent_${visit.site}=`) ||
      state._age ||
      (/** @type {any} */ (navigator).globalPrivacyControl === true && !signals.gpc) ||
      (navigator.doNotTrack === "1" && !signals.dnt) ||
      ahead.pages.some((part) => location.pathname.includes(part)))
  );
}

/** Fetch the part `acts` if it has to decide. */
export function fetchActsIfUndecided() {
  isPageChecked = true;
  if (isUndecided()) return fetchActs();
}
