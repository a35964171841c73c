/**
 * Load and call the parts of the script. A first visit needs only the core; a part is a separate function that gets
 * what it needs of the core as a parameter. The service appends the parts that are needed immediately; `acts` is
 * fetched when it is needed: something is opened or chosen, or the page has content to process.
 *
 * @typedef {object} Part Functions that the core calls once the part has started.
 * @property {(root: Element | Document) => void} [work] process the page, or what is new in it
 * @property {() => void} [follow] apply a changed decision
 * @property {() => unknown} [open] open the second layer
 * @property {(dialog: HTMLDialogElement) => unknown} [screen] extend the second layer, which was opened
 * @property {boolean} [handle] whether a part adds the first layer's handle for users' tools
 * @property {(action: string, group: string) => unknown} [refuse] refuse one group, as a link of the place does
 * @property {(action: string, before: Choice | null, after: Choice) => string} [complete] complete a choice by what remains of the previous one, and return its action in the receipt's terms
 * @property {(groups?: Record<string, boolean>, vendors?: Record<string, boolean>) => void} [set]
 * @property {(group?: string) => void} [withdraw]
 * @property {(said: any) => unknown} [answer] handle the service's response to a choice
 * @property {() => void} [load] load what may run and has not been loaded
 *
 * @typedef {import("./decision/choice.js").Choice} Choice
 */
import { findAll } from "./page/safe_dom.js";
import { state } from "./state.js";

/** @type {Part[]} */
export const parts = [];

/**
 * A loaded part: it gets the core's exports, and a function that defers code until the core has started.
 *
 * @typedef {(kit: object, later: (begin: () => void) => void) => void} Start
 */

/** @type {object} */
let kit;
/** @type {(() => void)[] | undefined} */
let deferred = [];
/** @type {Promise<void> | undefined} */
let loading;

/**
 * Start parts.
 *
 * @param {Start[] | undefined} given
 * @param {object} core the core's exports for the parts
 */
export function startParts(given, core) {
  kit = core;
  for (const part of given || []) part(kit, (begin) => (deferred ? deferred.push(begin) : begin()));
}

/** Run what was deferred until the core's start. */
export function startLate() {
  deferred?.forEach((begin) => begin());
  deferred = undefined;
}

/**
 * Call `what` of each part that has it, after fetching `acts`.
 *
 * @param {Exclude<keyof Part, "handle">} what
 * @param {any[]} args
 */
export async function callParts(what, ...args) {
  await fetchActs();
  callLoadedParts(what, ...args);
}

/**
 * Call `what` of each part that has it.
 *
 * @param {Exclude<keyof Part, "handle">} what
 * @param {any[]} args
 */
export function callLoadedParts(what, ...args) {
  // @ts-expect-error: the arguments fit the function of that name
  for (const part of parts) part[what]?.(...args);
}

/**
 * Let the parts process `root`, and fetch `acts` if it is needed there.
 *
 * @param {Element | Document} root
 */
export function processNodes(root) {
  callLoadedParts("work", root);
  const { show, groups } = state._decision;
  if (show !== "ask" || state._choice || groups.advertising.reason === "gpc" || findAll(root, state._payload.eager)[0]) void fetchActs();
}

/** Fetch `acts`, once. While the service is unavailable, everything waits until the next call. */
export function fetchActs() {
  if (!state._decide) {
    // In a microtask with none of our functions on the stack: when a request starts, Chromium may parse each of them
    // again.
    loading ||= Promise.resolve(state._base + state._payload.later)
      .then((address) => import(address))
      .then(({ default: [part, facts] }) => {
        const { _payload } = state;
        _payload.acts = facts.acts;
        // A page older than the last publish continues with what it has shown.
        _payload.resolved = Object.assign(facts.resolved, _payload.resolved);
        startParts([part], kit);
      })
      .catch(() => (loading = undefined));
  }
  return loading;
}
