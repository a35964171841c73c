/** Say where a choice counts before it is made, and in one line what applies here of an account. */
import { makers } from "./layers.js";
import { newShadowHost } from "./shadow_host.js";
import { layersCss } from "./styles.js";
import { line, say } from "./texts.js";
import { element, page } from "../page/safe_dom.js";
import { callParts } from "../parts.js";
import { state } from "../state.js";

const SHOWN_MS = 10_000;
const css = `${layersCss}:host{position:fixed!important;inset:auto 0 0!important;z-index:9999999998!important;max-width:44em!important;margin:auto!important;padding:16px!important}\
.card{flex-flow:row wrap;align-items:center;gap:4px 12px}p{flex:1 1 16em}button{all:unset;padding:4px 0;text-decoration:underline;cursor:pointer}@media print{.card{display:none}}`;

/** @type {HTMLElement | undefined} */
let shown;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let ends;

/**
 * Add to each first layer, before its buttons, where the choice counts, with the option of all devices or this one: as
 * easy for yes as for no. Where the law is about sale or sharing, an opt-out is for all devices.
 *
 * @param {() => unknown} isSignedIn
 * @param {(scope: "account" | "device") => void} take
 * @param {() => boolean} isSignedOut whether the page says that nobody is signed in
 */
export function askScope(isSignedIn, take, isSignedOut) {
  const extend = (/** @type {() => HTMLElement} */ make) => () => {
    const layer = make();
    const before = layer.querySelector("[slot]");
    const isSale = state._payload.resolved.scope === "sale_or_share";
    const lines = isSignedIn() ? [line(say("account_scope")), ...(isSale ? [] : [pair(take)])] : isSignedOut() && isSale ? [line(say("signed_out"))] : [];
    for (const one of lines) if (one && before) before.before(one);
    return layer;
  };
  for (const kind of /** @type {const} */ (["ask", "notice"])) {
    let make = makers[kind] && extend(/** @type {() => HTMLElement} */ (makers[kind]));
    Object.defineProperty(makers, kind, { configurable: true, get: () => make, set: (given) => (make = extend(given)) });
  }
}

/** @param {(scope: "account" | "device") => void} take */
function pair(take) {
  take("account");
  const options = /** @type {const} */ (["account", "device"]).map((scope) => {
    const attributes = { type: "radio", name: "scope", checked: scope === "account", change: () => take(scope) };
    const key = scope === "account" ? "account_all" : "account_device";
    return element("label", { style: "all:revert!important;display:block!important;min-height:24px!important;font:inherit!important;color:inherit!important" }, element("input", { ...attributes, style: "all:revert!important;min-width:20px!important;min-height:20px!important" }), say(key));
  });
  return element("p", { role: "radiogroup", "aria-label": say("account_scope") }, ...options);
}

/**
 * Show the text named `key`, with a button for its offer; it asks and blocks nothing, and disappears after a while.
 *
 * @param {string | undefined} key
 * @param {() => unknown} [take] accepts the offer
 * @param {string} [host] where a choice came from
 */
export function showLine(key, take, host = "") {
  removeLine();
  const [words, offer] = say(key || "").replace("{host}", host).split(/[[\]]/);
  if (!words) return;
  const isQuestion = key === "account_confirm";
  const accept = () => {
    removeLine();
    return take?.();
  };
  const buttons = [isQuestion && element("button", { click: accept }, words), offer && element("button", { click: accept }, offer)];
  const change = element("button", { click: open }, say("settings"));
  const content = [isQuestion ? "" : element("p", {}, words), ...buttons, change].filter(Boolean);
  shown = newShadowHost("div", { role: "status" }, css, element("div", { class: "card" }, .../** @type {Node[]} */ (content)));
  page.head?.after(shown);
  page.addEventListener("keydown", onEscape);
  if (!isQuestion) ends = setTimeout(removeLine, SHOWN_MS);
}

function open() {
  removeLine();
  return callParts("open");
}

/** @param {KeyboardEvent} event */
function onEscape({ key }) {
  if (key === "Escape") removeLine();
}

/** Remove the line. */
export function removeLine() {
  clearTimeout(ends);
  shown?.remove();
  shown = undefined;
  page.removeEventListener("keydown", onEscape);
}
