/** The texts of the page's language, always as text nodes: no text is ever read as HTML. */
import { GPC, own } from "../decision/groups.js";
import { element, webAddress } from "../page/safe_dom.js";
import { actingSignals } from "../decision/signals.js";
import { state } from "../state.js";

/**
 * Return the text named `key`, or an empty string.
 *
 * @param {string} key
 */
export function say(key) {
  return own(state._payload.texts, key) || "";
}

/**
 * Return the sentence that tells of a signal which acts here, or an empty string.
 *
 * @param {"active" | "conflict"} kind that it is obeyed, or that a grant would speak against it
 */
export function signalText(kind) {
  const acting = actingSignals(state._payload.resolved, state._signals);
  return acting ? say((acting & GPC ? "gpc_" : "dnt_") + kind) : "";
}

/**
 * Return the nodes of words that come in pieces: each is a link where an address stands behind it, or the element
 * that is named there: users' tools overlook text that stands in the host itself.
 *
 * @param {[string, string?][]} pieces
 */
export function nodesOf(pieces) {
  return pieces.map(([words, kind]) => (kind?.[1] ? newLink(kind, words) : element(/** @type {"b"} */ (kind || "span"), {}, words)));
}

/**
 * Return a paragraph, or nothing where there is no text.
 *
 * @param {string | null | false} text
 */
export function line(text) {
  return text ? element("p", {}, text) : "";
}

/**
 * Return a link, or nothing where `address` is none of the web, or a config of earlier times has no text for it.
 *
 * @param {string | null | undefined} address
 * @param {string} label
 */
export function newLink(address, label) {
  const href = webAddress(address);
  return href && label && element("a", { href, target: "_blank" }, label);
}
