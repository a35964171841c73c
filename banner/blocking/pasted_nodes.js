/** Load custom code that an admin approved, node by node, as a page would. */
import { whenLoaded } from "./load_queue.js";
import { CONSENT_KEY, element, page, webAddress } from "../page/safe_dom.js";
import { fillScript } from "./script_elements.js";
import { state } from "../state.js";

/**
 * Add `nodes`, each script after the previous one has loaded, as long as the tag is not blocked.
 *
 * @param {import("../types.js").TagNode[]} nodes
 * @param {() => boolean} mayGoOn
 */
export async function loadNodes(nodes, mayGoOn) {
  for (const { element: name, src, text, attributes } of nodes) {
    const address = webAddress(src);
    if (!mayGoOn()) return;
    if (src && !address) continue;
    const node = element(name, { hidden: name === "iframe" });
    /** @type {any} */ (node)[CONSENT_KEY] = 1;
    for (const [key, value] of Object.entries(attributes)) if (!/^(on|src|nonce)/i.test(key)) node.setAttribute(key, value);
    if (node instanceof HTMLScriptElement) {
      node.nonce = state._nonce || "";
      fillScript(node, address, text);
      const done = whenLoaded(node);
      page.head.append(node);
      if (address && !("async" in attributes)) await done;
    } else {
      node.src = address;
      if (name === "iframe") page.body.append(node);
    }
  }
}
