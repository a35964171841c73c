/** Find the answer that counts for a node of the page: its vendor, and why it is blocked. */
import { blockReason } from "../decision/vendor_answers.js";
import { addressBlockReason, addressOf, blocker, readAttribute, vendorAt } from "./unmarked_content.js";
import { state } from "../state.js";

/** @type {WeakSet<Element>} */
export const released = new WeakSet();
/** @type {WeakMap<Element, string>} the visitor's answers when each was loaded once */
export const once = new WeakMap();
/** @type {Set<any>} unmarked frames that load */
export const restored = new Set();

/**
 * Return why `node` is blocked, or an empty string.
 *
 * @param {HTMLElement} node
 */
export function nodeBlockReason(node) {
  if (once.get(node) === answersFor(node)) return "";
  return isUnmarked(node) ? addressBlockReason(addressOf(node)) : blockReason(marked(node, "consent") || "", vendorOf(node));
}

/**
 * Return whether the blocker holds `node`, or it is a placeholder of another tool's player.
 *
 * @param {HTMLElement} node
 */
export function isUnmarked(node) {
  return marked(node, "consent") === "unmarked" || isStripped(node);
}

/**
 * Return whether `node` is a blocked script whose marks are gone: Svelte, when it hydrates a page, and tools that morph
 * a page remove attributes that their own copy doesn't have. Nothing starts such a script.
 *
 * @param {HTMLElement} node
 */
export function isStripped(node) {
  return node instanceof HTMLScriptElement && marked(node, "consent") === null && !!blocker?.held.has(node);
}

/**
 * Return the vendor whose answer counts for `node`: the one that it names or, if it is unmarked, that of its host.
 *
 * @param {HTMLElement} node
 */
export function vendorOf(node) {
  return isUnmarked(node) || restored.has(node) ? vendorAt(addressOf(node)) : marked(node, "vendor");
}

/** @param {HTMLElement} node */
export function anyVendorOf(node) {
  return vendorOf(node) || vendorAt(addressOf(node));
}

/**
 * Return the mark `name` of `node`.
 *
 * @param {HTMLElement} node
 * @param {"consent" | "vendor"} name
 */
export function marked(node, name) {
  return readAttribute(node, "data-" + name);
}

/**
 * Return the visitor's answers, as far as they concern `node`.
 *
 * @param {HTMLElement} node
 */
export function answersFor(node) {
  return JSON.stringify([state._choice?.groups, state._choice?.vendors[vendorOf(node) || ""]]);
}
