/**
 * Add a reject button for browser tools: DuckDuckGo's autoconsent recognizes button texts in a few languages, always
 * including English. It is added if such tools don't recognize the text of the visible button.
 */
import { makers } from "./layers.js";
import { element } from "../page/safe_dom.js";
import { parts } from "../parts.js";
import { state } from "../state.js";

const CSS =
  "::slotted([aria-hidden]){position:absolute!important;inset:0 auto auto 0!important;opacity:0!important;pointer-events:none!important}";

/**
 * Add it to the first layer, unless it is there or not needed, and return whether it was added.
 *
 * It is not painted, not read out, and can't be focused; it does what the visible button does.
 */
export function addAutoconsentButton() {
  const { ask } = makers;
  if (!state._payload.handle || !ask || parts.some((part) => part.handle)) return false;
  parts.push({ handle: true });
  makers.ask = () => {
    const layer = ask();
    const root = /** @type {ShadowRoot} */ (layer.shadowRoot);
    const [accept, reject] = /** @type {NodeListOf<HTMLElement>} */ (layer.querySelectorAll("[slot=act]"));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    const attributes = { "aria-hidden": "true", tabindex: "-1", lang: "en", click: () => reject.click() };
    accept.before(element("button", attributes, "Reject all"));
    return layer;
  };
  return true;
}
