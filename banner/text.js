/** The texts of the page's language, always as text nodes: no text is ever read as HTML. */
import { actingSignals } from "./decide.js";
import { GPC, own } from "./groups.js";
import { element, webAddress } from "./page.js";
import { addressOf } from "./queue.js";
import { state } from "./state.js";

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

/** Fetch the sentences on a signal that the page can see and the service could not: hardly any browser does so. */
export async function completeTexts() {
  const { _payload, _signals } = state;
  if (!actingSignals(_payload.resolved, _signals) || signalText("conflict")) return;
  const answer = await fetch(addressOf("texts/" + _payload.visit.language));
  _payload.texts = (await answer.json()).texts;
}

/**
 * Return `text` as nodes, its `[label](https://...)` as links.
 *
 * @param {string} text
 */
export function linkedText(text) {
  const parts = text.split(/\[([^\]]*)\]\((https?:\/\/[^\s)]*)\)/);
  return parts.map((part, index) =>
    index % 3 === 0 ? element("span", {}, part) : index % 3 === 1 ? newLink(parts[index + 1], part) : "",
  );
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
  return href && label && element("a", { href, target: "_blank", rel: "noopener" }, label);
}
