/** Where a decision changes: by a choice made here, in another tab, by another route, or by the way back to a kept page. */
import { record } from "./choose.js";
import { evaluate, state } from "./state.js";

/** @type {(wasChosen: boolean) => void} */
let listener = () => {};
/** @type {BroadcastChannel | undefined} */
let tabs;

/** @param {typeof listener} callback */
export function onChange(callback) {
  listener = callback;
  joinTabs();
}

/** Listen to the other tabs of this site. */
export function joinTabs() {
  if (!("BroadcastChannel" in window)) return;
  tabs = new BroadcastChannel("consent_" + state._payload.site);
  tabs.onmessage = refresh;
}

/** Leave them: a page that listens may not be kept for the way back. */
export function leaveTabs() {
  tabs?.close();
  tabs = undefined;
}

/** Decide again, and tell the listener where the decision is another. */
export function refresh() {
  const before = JSON.stringify(state._decision);
  evaluate();
  if (before !== JSON.stringify(state._decision)) listener(false);
}

/**
 * Make a choice: it acts at once, whether the service hears of it or not.
 *
 * @param {import("./choose.js").Act} act
 */
export function choose(act) {
  record(act);
  evaluate();
  tabs?.postMessage("");
  listener(true);
}
