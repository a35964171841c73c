/** `window.consent` and the event `consent:change`: what the page may ask and hear. */
import { formatChoice } from "./choice.js";
import { choose } from "./change.js";
import { answerAll } from "./choose.js";
import { OPTIONAL } from "./groups.js";
import { page } from "./page.js";
import { openPreferences } from "./preferences.js";
import { state } from "./state.js";
import { loaded } from "./tags.js";

/** @type {[string, () => void][]} */
let waiting = [];

/** Return the decision as `GET decision` would, and the choice it rests on. */
function get() {
  const { site, config, version, place, regime, rules_version, language, variant } = state._payload;
  const choice = state._choice && formatChoice(state._choice);
  const facts = { site, config, version, place, regime, rules_version, language, variant, signals: state._signals, choice };
  return structuredClone({ ...facts, ...state._decision });
}

/**
 * Make a choice of the page's own asking, such as `set({analytics: true})`; what is not named stays as it was.
 *
 * @param {Record<string, boolean>} [groups]
 * @param {Record<string, boolean>} [vendors]
 */
function set(groups, vendors) {
  amend("save", groups, vendors);
}

/**
 * Take back the grant of `group`, or of all.
 *
 * @param {string} [group]
 */
function withdraw(group) {
  if (group) amend("withdraw", { [group]: false });
  else choose({ ...answerAll("withdraw", false), _method: "api" });
}

/**
 * @param {string} action
 * @param {Record<string, boolean>} [groups]
 * @param {Record<string, boolean>} [vendors]
 */
function amend(action, groups, vendors) {
  const known = pick(groups, OPTIONAL);
  const knownVendors = pick(vendors, Object.keys(state._payload.vendors));
  if (!Object.keys({ ...known, ...knownVendors }).length) throw new TypeError("name a group or vendor, true or false");
  choose({ _action: action, _groups: known, _vendors: knownVendors, _amends: true, _method: "api" });
}

/**
 * @param {Record<string, boolean> | undefined} answers
 * @param {string[]} names
 */
function pick(answers, names) {
  const entries = Object.entries(answers || {});
  return Object.fromEntries(entries.filter(([name, answer]) => names.includes(name) && answer === !!answer));
}

/**
 * Return a promise that is kept once `group` is granted, now or later in this page.
 *
 * @param {string} group
 * @returns {Promise<void>}
 */
function when(group) {
  return new Promise((resolve) => {
    waiting.push([group, resolve]);
    keepPromises();
  });
}

/** Keep the promises of groups that are granted now. */
function keepPromises() {
  waiting = waiting.filter(([group, resolve]) => !state._decision.groups[group]?.granted || resolve());
}

/** Return what was decided of each tag and why, and which have loaded. */
function debug() {
  return { ...get(), loaded: [...loaded] };
}

/** Give the page `window.consent`, unless it has something of that name. */
export function openApi() {
  if (!Object.hasOwn(window, "consent")) {
    Reflect.set(window, "consent", { get, open: openPreferences, set, withdraw, when, debug });
  }
}

/** Tell the page that the decision changed. */
export function announce() {
  keepPromises();
  page.dispatchEvent(new CustomEvent("consent:change", { bubbles: true, detail: get() }));
}
