/** Offer, in place of a blocked frame, to load it once or to always allow its vendor. */
import { makePartialChoice } from "../choice/make_partial_choice.js";
import { addressOf } from "../blocking/unmarked_content.js";
import { acts } from "../acts_payload.js";
import { own } from "../decision/groups.js";
import { releaseOnce } from "../blocking/content_release.js";
import { vendorOf, nodeBlockReason } from "../blocking/node_answers.js";
import { placePlaceholder } from "./placeholder.js";
import { openPreferences } from "./preferences.js";
import { say, signalText } from "./texts.js";
import { state } from "../state.js";

/** Reasons that no visitor can do anything about. */
const CLOSED = /^(kill|switch|out_|uncl|minor|sens)/;

/** @param {HTMLIFrameElement} frame */
export function offerFrame(frame) {
  const vendor = vendorOf(frame) || "";
  if (CLOSED.test(nodeBlockReason(frame))) return;
  const tags = state._payload.resolved.tags.filter((tag) => tag.vendor === vendor && !tag.hold); // nothing is held but what this page did not tell of
  const conflict = tags.some((tag) => tag.flagged) ? signalText("conflict") : "";
  const name = own(acts().vendors, vendor)?.name || new URL(addressOf(frame) || location.href).host;
  /** @type {import("../choice/make_choice.js").Act} */
  const always = { _action: "save", _groups: {}, _vendors: { [vendor]: true }, _told: conflict };
  placePlaceholder(
    frame,
    [say("frame").split("{vendor}").join(name), conflict],
    [
      [say("load_once"), () => releaseOnce(frame)],
      tags.length ? [say("always_allow"), () => makePartialChoice(always)] : [say("settings"), openPreferences],
    ],
  );
}
