/** The decision in the page itself: for whoever has chosen before, and wherever the service could not know enough. */
import { refresh } from "./choose.js";
import { today } from "./days.js";
import { decide, lettersOf } from "./decide.js";
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
    state._decision = decide(resolved, today(), state._signals, state._choice, location.pathname);
  };
}

/** Decide now, where the core has gone on without it. */
export function decideLate() {
  if (!hasDecided) refresh();
}
