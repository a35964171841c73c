/** Offer, in place of a blocked frame, to load it once or to always allow its vendor. */
import { makePartialChoice } from "../choice/make_partial_choice.js";
import { addressOf } from "../blocking/unmarked_content.js";
import { acts } from "../acts_payload.js";
import { OPTIONAL, own } from "../decision/groups.js";
import { releaseOnce } from "../blocking/content_release.js";
import { marked, vendorOf, nodeBlockReason } from "../blocking/node_answers.js";
import { placePlaceholder } from "./placeholder.js";
import { openPreferences } from "./preferences.js";
import { element } from "../page/safe_dom.js";
import { newLink, say, signalText } from "./texts.js";
import { state } from "../state.js";

/** Reasons that visitors can't change. */
const CLOSED = /^(kill|switch|out_|uncl|minor|sens)/;

/** @param {HTMLIFrameElement} frame */
export function offerFrame(frame) {
  const vendor = vendorOf(frame) || "";
  if (CLOSED.test(nodeBlockReason(frame))) return;
  const tags = state._payload.resolved.tags.filter((tag) => tag.vendor === vendor && !tag.hold); // the only hold here is on what this page didn't name
  const conflict = tags.some((tag) => tag.flagged) ? signalText("conflict") : "";
  const name = own(acts().vendors, vendor)?.name || new URL(addressOf(frame) || location.href).host;
  /** @type {import("../choice/make_choice.js").Act} */
  const always = { _action: "save", _groups: {}, _vendors: { [vendor]: true }, _told: conflict };
  const named = (/** @type {string} */ text) => say(text).split("{vendor}").join(name);
  const group = tags[0]?.group || markedGroupOf(frame);
  const policy = newLink(own(acts().vendors, vendor)?.policy, named("vendor_policy"));
  const paragraphs = [
    element("p", {}, [named("frame"), conflict].join(" ")),
    element("p", { class: "why" }, `${say(group)} \u00b7 ${say(group + "_text")}`),
    ...(policy ? [element("p", {}, policy)] : []),
  ];
  placePlaceholder(
    frame,
    paragraphs,
    [
      [say("load_once"), () => releaseOnce(frame)],
      tags.length ? [say("always_allow"), () => makePartialChoice(always)] : [say("settings"), openPreferences],
    ],
  );
}

/**
 * Return the group that a frame is marked with; an unknown one counts as advertising.
 *
 * @param {HTMLIFrameElement} frame
 */
function markedGroupOf(frame) {
  return OPTIONAL.find((group) => group === marked(frame, "consent")) || "advertising";
}
