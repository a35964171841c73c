/** `window.consent` and the event `consent:change`: what the page may ask and hear. */
import { formatChoice } from "./choice.js";
import { page } from "./page.js";
import { ask } from "./parts.js";
import { state } from "./state.js";

/** @type {[string, () => void][]} */
let waiting = [];

/** Return the decision as `GET decision` would, and the choice it rests on. */
function get() {
  return structuredClone(
    /** @type {import("../static/consent").Decision} */ ({
      ...state._payload.visit,
      signals: state._signals,
      choice: state._choice && formatChoice(state._choice),
      ...state._decision,
    }),
  );
}

/** Give the page `window.consent`, unless it has something of that name, and do what was asked of the queue that stands for it. */
export function openApi() {
  const { consent } = /** @type {any} */ (window);
  if (Object.hasOwn(window, "consent") && !consent.calls) return;
  /** @type {any} */ (window).consent = /** @satisfies {import("../static/consent").Consent} */ ({
    get,
    /** What was decided of each tag and why, which have loaded, and what their vendors were told. */
    debug: () => ({ ...get(), loaded: [...state._loaded], told: { ...state._told } }),
    /** A promise that is kept once `group` is granted, now or later in this page. */
    when: (group) =>
      new Promise((/** @type {(value: void) => void} */ resolve) => {
        waiting.push([group, resolve]);
        keepPromises();
      }),
    open: () => ask("open"),
    /** Make a choice of the page's own asking, such as `set({analytics: true})`; what is not named stays as it was. */
    set: (...answers) => ask("set", ...answers),
    /** Take back the grant of a group, or of all. */
    withdraw: (group) => ask("withdraw", group),
  });
  // @ts-expect-error: each is a call of the page's own
  consent?.calls?.forEach(([name, args, resolve]) => resolve(window.consent[name](...args)));
}

/** Keep the promises of groups that are granted now. */
function keepPromises() {
  waiting = waiting.filter(([group, resolve]) => !state._decision.groups[group]?.granted || resolve());
}

/** Tell the page that the decision changed. */
export function announce() {
  keepPromises();
  page.dispatchEvent(new CustomEvent("consent:change", { bubbles: true, detail: get() }));
}
