/**
 * A rejection for users' tools: DuckDuckGo's autoconsent knows the words of few languages, but English always. It is there
 * where the visible button says what such tools do not know.
 */
import { makers } from "./layers.js";
import { element } from "./page.js";
import { parts } from "./parts.js";
import { state } from "./state.js";

const CSS =
  "::slotted([aria-hidden]){position:absolute!important;inset:0 auto auto 0!important;opacity:0!important;pointer-events:none!important}";

/**
 * Have the first layer hold it, unless it does so or need not, and tell whether that is new.
 *
 * It is neither painted nor read out nor reached by keys, and does what the button does that people press.
 */
export function addHandle() {
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
