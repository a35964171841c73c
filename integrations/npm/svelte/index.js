import { getDecision, isGranted, loadConsent, open, seed, set, subscribe, when, withdraw } from "@consent-server/core";
import { getContext, onMount, setContext } from "svelte";
import { readable } from "svelte/store";

export { default as ChoicesLink } from "./ChoicesLink.svelte";
export { default as ConsentFrame } from "./ConsentFrame.svelte";
export { default as Gate } from "./Gate.svelte";

const INITIAL = Symbol.for("consent.initial");

/** Load the banner; call it in the script of the root layout. */
export function setupConsent({ initial = null, load = true, ...options }) {
  seed(initial);
  setContext(INITIAL, initial);
  onMount(() => {
    if (load) loadConsent(options);
  });
}

/** Return the decision, as a store, and the page API; call it in the script of a component. */
export function useConsent() {
  const initial = getContext(INITIAL) ?? null;
  const decision = readable(initial, (tell) => {
    let stop = () => {};
    // Not before the page that the server drew is taken up.
    const timer = setTimeout(() => (stop = subscribe(tell)));
    return () => {
      clearTimeout(timer);
      stop();
    };
  });
  // A page that the server drew is taken up as it is, but nothing begins that was refused meanwhile.
  const granted = (known, group) => isGranted(known, group) && (!getDecision() || isGranted(getDecision(), group));
  return { decision, isGranted: granted, when, open, set, withdraw };
}
