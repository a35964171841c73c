/** Code that somebody pasted and an admin approved: its nodes one after the other, as a page would load them. */
import { whenLoaded } from "./order.js";
import { MARK, element, page, webAddress } from "./page.js";
import { fillScript } from "./scripts.js";
import { state } from "./state.js";

/**
 * Add `nodes`, each script after the one before it has come, as long as the tag is not held.
 *
 * @param {import("./types.js").TagNode[]} nodes
 * @param {() => boolean} mayGoOn
 */
export async function loadNodes(nodes, mayGoOn) {
  for (const { element: name, src, text, attributes } of nodes) {
    const address = webAddress(src);
    if (!mayGoOn()) return;
    if (src && !address) continue;
    const node = element(name, { hidden: name === "iframe" });
    /** @type {any} */ (node)[MARK] = 1;
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
