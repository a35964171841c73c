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
 * Return the sentence about a signal that has an effect here, or an empty string.
 *
 * @param {"active" | "conflict"} kind that it is honored, or that a grant would contradict it
 */
export function signalText(kind) {
  const acting = actingSignals(state._payload.resolved, state._signals);
  return acting ? say((acting & GPC ? "gpc_" : "dnt_") + kind) : "";
}

/**
 * Return the nodes of text that comes in pieces: each is a link if it has an address, a button that calls `click` if its
 * kind is `v`, or else the named element: users' tools ignore text directly inside the host.
 *
 * @param {[string, string?][]} pieces
 * @param {() => unknown} [click]
 */
export function nodesOf(pieces, click) {
  return pieces.map(([words, kind]) =>
    kind?.[1] ? newLink(kind, words) : element(/** @type {"b"} */ (kind === "v" ? "button" : kind || "span"), kind === "v" ? { click } : {}, words),
  );
}

/**
 * Return a paragraph, or an empty string if there is no text.
 *
 * @param {string | null | false} text
 */
export function line(text) {
  return text ? element("p", {}, text) : "";
}

/**
 * Return a link, or an empty string if `address` isn't a web address, or an older config has no text for it.
 *
 * @param {string | null | undefined} address
 * @param {string} label
 */
export function newLink(address, label) {
  const href = webAddress(address);
  return href && label && element("a", { href, target: "_blank" }, label);
}
