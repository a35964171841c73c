/** The decision in the page itself: for whoever has chosen before, and wherever the service could not know enough. */
import { refresh } from "./choose.js";
import { today } from "./days.js";
import { decide, lettersOf } from "./decide.js";
import { OPTIONAL } from "./groups.js";
import { readChoice } from "./known_choice.js";
import { readSignals } from "./read_signals.js";
import { state } from "./state.js";

let hasDecided = false;

/** Decide from now on, whenever the core asks. */
export function decideHere() {
  state._decide = () => {
    hasDecided = true;
    const { _payload } = state;
    state._signals = readSignals(_payload, state._age);
    const found = readChoice(_payload.visit.site);
    state._choice = found.choice || state._choice;
    state._isDelivered = !!found.choice && !found.waits;
    const { resolved } = _payload;
    resolved.letters = lettersOf(resolved, state._signals);
    const newest = keysOf(resolved);
    const keys = (resolved.keys ??= newest);
    // What was fetched after a publish, or before it, names other vendors than this page, which can ask for its own alone: it
    // would ask again after each answer.
    resolved.ask_new &&= OPTIONAL.every((group) => keys[group] === newest[group]);
    state._decision = decide(resolved, today(), state._signals, state._choice, location.pathname);
  };
}

/** Decide now, where the core has gone on without it. */
export function decideLate() {
  if (!hasDecided) refresh();
}

/**
 * Return the newest purpose key of each group: older nodes do not tell it apart.
 *
 * @param {import("./types.js").Resolved} resolved
 */
function keysOf({ groups }) {
  /** @type {Record<string, string>} */
  const keys = {};
  for (const group of OPTIONAL) keys[group] = groups[group].keys[0] || "00000000";
  return keys;
}
