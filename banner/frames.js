/** What a held frame offers in its place: to load it once, or its vendor always. */
import { amend } from "./amend.js";
import { addressOf } from "./blocked.js";
import { acts } from "./facts.js";
import { own } from "./groups.js";
import { releaseOnce, vendorOf, whyNodeHeld } from "./hold.js";
import { placePlaceholder } from "./placeholder.js";
import { openPreferences } from "./preferences.js";
import { say, signalText } from "./text.js";
import { state } from "./state.js";

/** Reasons that no visitor can do anything about. */
const CLOSED = /^(kill|switch|out_|uncl|minor|sens)/;

/** @param {HTMLIFrameElement} frame */
export function offerFrame(frame) {
  const vendor = vendorOf(frame) || "";
  if (CLOSED.test(whyNodeHeld(frame))) return;
  const tags = state._payload.resolved.tags.filter((tag) => tag.vendor === vendor && !tag.hold); // nothing is held but what this page did not tell of
  const conflict = tags.some((tag) => tag.flagged) ? signalText("conflict") : "";
  const name = own(acts().vendors, vendor)?.name || new URL(addressOf(frame) || location.href).host;
  /** @type {import("./choose.js").Act} */
  const always = { _action: "save", _groups: {}, _vendors: { [vendor]: true }, _told: conflict };
  placePlaceholder(
    frame,
    [say("frame").split("{vendor}").join(name), conflict],
    [
      [say("load_once"), () => releaseOnce(frame)],
      tags.length ? [say("always_allow"), () => amend(always)] : [say("settings"), openPreferences],
    ],
  );
}
