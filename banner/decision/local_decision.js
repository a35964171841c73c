/** Decide in the page itself: for visitors who have chosen before, and whenever the service didn't know enough. */
import { refreshDecision } from "../choice/make_choice.js";
import { today } from "./epoch_days.js";
import { decide, lettersOf } from "./decide.js";
import { OPTIONAL } from "./groups.js";
import { readChoice } from "../choice/read_choice_cookie.js";
import { readSignals } from "./browser_signals.js";
import { state } from "../state.js";

let hasDecided = false;

/** Make the core decide in the page from now on. */
export function decideLocally() {
  state._decide = () => {
    hasDecided = true;
    const { _payload } = state;
    state._signals = readSignals(_payload, state._age);
    const { age, age_band } = state._signals;
    // Queued entries only have the band, and may be from another visitor.
    state._withAge = (key, value) => (key === "age_band" && value === age_band && age !== undefined ? String(age) : value);
    const found = readChoice(_payload.visit.site);
    state._choice = found.choice || state._choice;
    state._isDelivered = !!found.choice && !found.waits;
    const { resolved } = _payload;
    resolved.letters = lettersOf(resolved, state._signals);
    const newest = keysOf(resolved);
    const keys = (resolved.keys ??= newest);
    // Data from before or after another publish has other vendors than this page, which can only ask about its own: it
    // would ask again after each answer.
    resolved.ask_new &&= OPTIONAL.every((group) => keys[group] === newest[group]);
    state._decision = decide(resolved, today(), state._signals, state._choice, location.pathname);
  };
}

/** Decide now, if the core has continued without it. */
export function decideIfPending() {
  if (!hasDecided) refreshDecision();
}

/**
 * Return the newest purpose key of each group; older nodes don't send them.
 *
 * @param {import("../types.js").Resolved} resolved
 */
function keysOf({ groups }) {
  /** @type {Record<string, string>} */
  const keys = {};
  for (const group of OPTIONAL) keys[group] = groups[group].keys[0] || "00000000";
  return keys;
}
