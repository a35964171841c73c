/**
 * The first layer: a region and no dialog, so that the page can be used beside it. Its words and buttons stand in the
 * page's own tree and are slotted into the shadow root: users' tools look for them there.
 */
import { choose } from "./change.js";
import { answerAll } from "./choose.js";
import { OPTIONAL } from "./groups.js";
import { element } from "./page.js";
import { openPreferences } from "./preferences.js";
import { newShell } from "./shell.js";
import { bannerCss } from "./styles.js";
import { linkedText, policyLink, say, signalText } from "./text.js";
import { state } from "./state.js";

/** Return the first layer that asks. */
export function newAsking() {
  const conflict = signalText("conflict");
  const reject = () => choose({ ...answerAll("reject_all", false), _told: conflict });
  return newLayer("title", [
    ...linkedText(say("text")),
    ...OPTIONAL.map((group) => line(`${say(group)}: ${say(group + "_text")}`)),
    line(conflict),
    line(say("withdrawal")),
    button("vendors_link", openPreferences, ""),
    policyLink(),
    handle(reject),
    button("accept_all", () => choose({ ...answerAll("accept_all", true), _told: conflict })),
    button("reject_all", reject),
    button("settings", openPreferences),
  ]);
}

/**
 * Return the one line that tells where tags load until they are refused.
 *
 * @param {() => void} dismiss
 */
export function newNotice(dismiss) {
  return newLayer("notice_title", [
    ...linkedText(say("notice")),
    line(signalText("active")),
    line(state._decision.status ? say("status") : ""),
    button("opt_out", () => choose(answerAll("opt_out", false))),
    button("settings", openPreferences),
    button("dismiss", dismiss),
  ]);
}

/** @param {string} text */
function line(text) {
  return text && element("p", {}, text);
}

/**
 * @param {string} key
 * @param {() => unknown} click
 * @param {string} [slot] where the button of equal weight stand
 */
function button(key, click, slot = "act") {
  return element("button", { slot, click }, say(key));
}

/**
 * Return the rejection for users' tools, which know the words of few languages (DuckDuckGo's autoconsent of five to ten) but
 * English always: neither painted nor read out nor reached by keys, and the same act as the button that people press.
 *
 * @param {() => unknown} click
 */
function handle(click) {
  return element("button", { "aria-hidden": "true", tabindex: "-1", lang: "en", click }, "Reject all");
}

/**
 * @param {string} title
 * @param {(Node | string)[]} content
 */
function newLayer(title, content) {
  const words = element("div", { class: "words" }, element("slot"));
  const acts = element("div", { class: "acts" }, element("slot", { name: "act" }));
  const card = element("div", { class: "card" }, words, acts);
  const attributes = { role: "region", "aria-label": say("label"), "data-position": state._payload.look.position };
  const host = newShell("section", attributes, bannerCss, card);
  host.append(element("h2", {}, say(title)), ...content);
  return host;
}
