/** The page's own API: `window.consent` and the event `consent:change`. */
import { formatChoice } from "../decision/choice.js";
import { page } from "./safe_dom.js";
import { callParts } from "../parts.js";
import { state } from "../state.js";

/** @type {[string, () => void][]} */
let waiting = [];

/** Return the decision as `GET decision` would, and the choice that it is based on. */
function get() {
  return structuredClone(
    /** @type {import("../../static/consent").Decision} */ ({
      ...state._payload.visit,
      signals: state._signals,
      choice: state._choice && formatChoice(state._choice),
      ...state._decision,
    }),
  );
}

/** Install `window.consent`, unless the page has something by that name, and make the calls that the blocker queued. */
export function installApi() {
  const { consent } = /** @type {any} */ (window);
  if (Object.hasOwn(window, "consent") && !consent.calls) return;
  /** @type {any} */ (window).consent = /** @satisfies {import("../../static/consent").Consent} */ ({
    get,
    /** The decision for each tag with its reason, which tags have loaded, and what their vendors were sent. */
    debug: () => ({ ...get(), loaded: [...state._loaded], told: { ...state._told } }),
    /** A promise that resolves once `group` is granted, now or later in this page. */
    when: (group) =>
      new Promise((/** @type {(value: void) => void} */ resolve) => {
        waiting.push([group, resolve]);
        resolveWaiting();
      }),
    open: () => callParts("open"),
    /** Make a choice for the page, such as `set({analytics: true})`; everything else stays as it was. */
    set: (...answers) => callParts("set", ...answers),
    /** Withdraw the grant of a group, or all grants. */
    withdraw: (group) => callParts("withdraw", group),
  });
  // @ts-expect-error: these are calls made by the page; those of `event` wait for the part that has it
  consent?.calls?.forEach(([name, args, resolve]) => resolve(window.consent[name]?.(...args)));
  state._calls = consent?.calls;
}

/** Resolve the promises of groups that are granted now. */
function resolveWaiting() {
  waiting = waiting.filter(([group, resolve]) => !state._decision.groups[group]?.granted || resolve());
}

/** Dispatch the event for a changed decision. */
export function dispatchChange() {
  resolveWaiting();
  page.dispatchEvent(new CustomEvent("consent:change", { bubbles: true, detail: get() }));
}
