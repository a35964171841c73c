/**
 * Load and call the parts of the script. What a first visit needs is the core; a part is a function of its own, which takes
 * what it needs of the core from its parameter. The service appends the parts that have work at once; `acts` is fetched once
 * it has work: something is opened or chosen, or the page has content that it processes.
 *
 * @typedef {object} Part What the core calls, once the part has started.
 * @property {(root: Element | Document) => void} [work] on the page, or on what is new in it
 * @property {() => void} [follow] a decision that changed
 * @property {() => unknown} [open] the second layer
 * @property {(dialog: HTMLDialogElement) => unknown} [screen] the second layer, which was opened
 * @property {boolean} [handle] that a part gives the first layer its handle for users' tools
 * @property {(action: string, group: string) => unknown} [refuse] one group, as a link of the place says
 * @property {(action: string, before: Choice | null, after: Choice) => string} [complete] a choice by what stands of the earlier one, and name what was done in the receipt's words
 * @property {(groups?: Record<string, boolean>, vendors?: Record<string, boolean>) => void} [set]
 * @property {(group?: string) => void} [withdraw]
 * @property {(said: any) => unknown} [answer] what the service answered to a choice
 * @property {() => void} [load] what may run and has not been loaded
 *
 * @typedef {import("./decision/choice.js").Choice} Choice
 */
import { findAll } from "./page/safe_dom.js";
import { state } from "./state.js";

/** @type {Part[]} */
export const parts = [];

/**
 * A part as it comes: it takes what it needs of the core, and what takes what waits for the core to have started.
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
 * @param {object} core what parts take of the core
 */
export function startParts(given, core) {
  kit = core;
  for (const part of given || []) part(kit, (begin) => (deferred ? deferred.push(begin) : begin()));
}

/** Start what waited for the core, which has started now. */
export function startLate() {
  deferred?.forEach((begin) => begin());
  deferred = undefined;
}

/**
 * Call `what` of each part that has it, once `acts` has been fetched.
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
  // @ts-expect-error: each takes what its own name says
  for (const part of parts) part[what]?.(...args);
}

/**
 * Let the parts process `root`, and fetch `acts` where it has work there.
 *
 * @param {Element | Document} root
 */
export function processNodes(root) {
  callLoadedParts("work", root);
  const { show, groups } = state._decision;
  if (show !== "ask" || state._choice || groups.advertising.reason === "gpc" || findAll(root, state._payload.eager)[0]) void fetchActs();
}

/** Fetch `acts`, once. Where the service is unavailable everything waits, until the next occasion. */
export function fetchActs() {
  if (!state._decide) {
    // In a microtask with nothing else of ours on the stack: where a request begins, Chromium may parse each function there again.
    loading ||= Promise.resolve(state._base + state._payload.later)
      .then((address) => import(address))
      .then(({ default: [part, facts] }) => {
        const { _payload } = state;
        _payload.acts = facts.acts;
        // A page that is older than the last publish goes on with what it has shown.
        _payload.resolved = Object.assign(facts.resolved, _payload.resolved);
        startParts([part], kit);
      })
      .catch(() => (loading = undefined));
  }
  return loading;
}
