/**
 * Build the first layer: a region and not a dialog, so that the page stays usable. Its words and buttons are in the
 * page's own tree and slotted into the shadow root, since users' tools look for them there.
 */
import { answerAll, choose } from "../choice/make_choice.js";
import { element } from "../page/safe_dom.js";
import { callParts } from "../parts.js";
import { newShadowHost } from "./shadow_host.js";
import { bannerCss } from "./styles.js";
import { line, nodesOf, say, signalText } from "./texts.js";
import { state } from "../state.js";

/** Return the first layer, which asks. */
export function newFirstLayer() {
  const told = signalText("conflict");
  const answer = (/** @type {string} */ action, /** @type {boolean} */ granted) =>
    newButton(action, () => choose({ _action: action, _groups: answerAll(granted), _told: told }));
  return newLayer("title", [
    ...nodesOf(state._payload.words, openLater),
    line(state._decision.status && say("status")),
    line(told),
    answer("accept_all", true),
    answer("reject_all", false),
    newButton("settings", openLater),
  ]);
}

function openLater() {
  return callParts("open");
}

/**
 * @param {string} key
 * @param {() => unknown} click
 * @param {string} [slot] the slot of the buttons of equal weight
 */
export function newButton(key, click, slot = "act") {
  return element("button", { slot, click }, say(key));
}

/**
 * Return a first layer with the title named `title`.
 *
 * @param {string} title
 * @param {(Node | string)[]} content
 */
export function newLayer(title, content) {
  const words = element("div", { class: "words" }, element("slot"));
  const acts = element("div", { class: "acts" }, element("slot", { name: "act" }));
  const attributes = { role: "region", "aria-label": say("label"), "data-position": state._payload.look.position };
  const host = newShadowHost("section", attributes, bannerCss, element("div", { class: "card" }, words, acts));
  host.append(element("h2", {}, say(title)), ...content);
  return host;
}
