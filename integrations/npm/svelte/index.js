import { getDecision, isGranted, loadConsent, open, seed, set, subscribe, when, withdraw } from "@consent-server/core";
import { getContext, onMount, setContext } from "svelte";
import { readable } from "svelte/store";

export { default as ChoicesLink } from "./ChoicesLink.svelte";
export { default as ConsentFrame } from "./ConsentFrame.svelte";
export { default as Gate } from "./Gate.svelte";

const INITIAL = Symbol.for("consent.initial");

/** Load the banner; call this in the root layout's script. */
export function setupConsent({ initial = null, load = true, ...options }) {
  seed(initial);
  setContext(INITIAL, initial);
  onMount(() => {
    if (load) loadConsent(options);
  });
}

/** Return the decision as a store, and the page API; call this in a component's script. */
export function useConsent() {
  const initial = getContext(INITIAL) ?? null;
  const decision = readable(initial, (tell) => {
    let stop = () => {};
    // Only after the server-rendered page is hydrated.
    const timer = setTimeout(() => (stop = subscribe(tell)));
    return () => {
      clearTimeout(timer);
      stop();
    };
  });
  // Hydration uses the server's decision, but nothing starts that the visitor has refused since.
  const granted = (known, group) => isGranted(known, group) && (!getDecision() || isGranted(getDecision(), group));
  return { decision, isGranted: granted, when, open, set, withdraw };
}
