/** The texts of the page's language, always as text nodes: no text is ever read as HTML. */
import { actingSignals } from "./decide.js";
import { GPC, own } from "./groups.js";
import { element, webAddress } from "./page.js";
import { state } from "./state.js";

/**
 * Return the text named `key`, or an empty string.
 *
 * @param {string} key
 * @param {string} [vendor]
 */
export function say(key, vendor = "") {
  return (own(state._payload.texts, key) || "").split("{vendor}").join(vendor);
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

/** Return a link to the controller's privacy policy, or nothing where it has none. */
export function policyLink() {
  return newLink(state._payload.controller.policy_url, say("policy"));
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

/**
 * Return the ids of the vendors that have a tag in `group`.
 *
 * @param {string} group
 */
export function vendorIds(group) {
  const { resolved, vendors } = state._payload;
  const tags = resolved.tags.filter((tag) => tag.group === group);
  return [...new Set(tags.map((tag) => tag.vendor))].filter((id) => own(vendors, id));
}
