/**
 * Decisions that the service made ahead, where nothing may run before a choice: for somebody who has not chosen, and for
 * what comes of either answer of the first layer. Everything else is decided by the part `acts`.
 *
 * @typedef {"ask" | "accept_all" | "reject_all"} Situation
 */
import { cookieText } from "./cookie_text.js";
import { arrive } from "./parts.js";
import { state } from "./state.js";

/** @type {Situation} */
let present = "ask";
let hasLooked = false;

/**
 * Decide for the page as it is now; without the part `acts` as the service did for `situation`. Until it was
 * asked whether that is enough, nothing is read of the page: that is of weight for what is shown alone.
 *
 * @param {Situation} [situation]
 */
export function evaluate(situation = present) {
  present = situation;
  if (state._decide) return state._decide();
  const { ahead, signals } = state._payload;
  const { show, status, expires, answers } = ahead[situation];
  /** @type {import("./types.js").Decision} */
  const decision = {
    show: hasLooked && isOpen() ? "none" : show,
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
 * Tell whether what the service knew is not enough to decide by: there is a choice already, a signal that it was not told
 * of, or one of the pages that the site makes a difference of. Then nothing is asked, and all is held.
 */
export function isOpen() {
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

/** Fetch `acts` where it has to decide. */
export function arriveIfOpen() {
  hasLooked = true;
  if (isOpen()) return arrive();
}
