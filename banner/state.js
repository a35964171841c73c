/**
 * What is known of this visitor on this page. One copy: a page has one visitor and one site.
 *
 * @typedef {object} State
 * @property {import("./types.js").Payload} _payload
 * @property {import("./types.js").Signals} _signals
 * @property {import("./types.js").Decision} _decision
 * @property {import("./choice.js").Choice | null} _choice
 * @property {string} _base the service's address
 * @property {string | undefined} _nonce of our own script element
 * @property {Set<string>} _loaded the ids of the tags that were loaded in this page
 * @property {Record<string, string>} [_told] what each vendor whose code runs was told last, for `debug`
 * @property {string} [_unlinked] the id of the receipt just made, where nothing in this browser leads to it
 */
import { readChoice } from "./cookies.js";
import { today } from "./days.js";
import { decide } from "./decide.js";

export const state = /** @type {State} */ ({ _loaded: new Set() });

/** Read the choice again and decide again, for the page as it is now. */
export function evaluate() {
  const { _payload, _signals } = state;
  state._choice = readChoice(_payload.visit.site) || (state._choice ?? null);
  state._decision = decide(_payload.resolved, today(), _signals, state._choice, location.pathname);
}
