/**
 * What nobody has marked but comes from a host of one of the site's vendors: it is held as if it were marked. The config's
 * vendors are known, whether their tags are switched on or off; any other host is left alone.
 */
import { whyHeld } from "./answers.js";
import { findAll, webAddress } from "./page.js";
import { anyMatches } from "./paths.js";
import { state } from "./state.js";

/**
 * Tell whether nothing may load from `address` now, because of whose it is.
 *
 * @param {unknown} address
 */
function mustWait(address) {
  const { hostname } = new URL(webAddress(String(address)) || location.href);
  const owners = Object.entries(state._payload.holding?.hosts || {}).filter(([, hosts]) => anyMatches(hosts, hostname));
  return owners.length > 0 && owners.every(([vendor]) => isHeld(vendor));
}

/** @param {string} vendor */
function isHeld(vendor) {
  const runs = state._decision.tags.some(({ id, ...tag }) => tag.vendor === vendor && tag.mode !== "held" && state._loaded.has(id));
  return !runs && whyHeld("unmarked", vendor);
}

/**
 * Mark `node`, which is a script, frame or image, so that it waits, where it must not load from `address`.
 *
 * @param {Element} node
 * @param {unknown} address
 * @returns {boolean} whether it waits
 */
export function holdBack(node, address) {
  const { dataset } = /** @type {HTMLElement} */ (node);
  if (!address || dataset.consent || !mustWait(address)) return false;
  dataset.src = webAddress(String(address));
  dataset.consent = "unmarked";
  if (node instanceof HTMLScriptElement) {
    dataset.as = node.type;
    node.type = "text/plain";
  }
  return true;
}

/**
 * Hold back `root` and what is below it. A script is stopped by its type; what is on its way already, a frame or an image,
 * by going nowhere.
 *
 * @param {any} root a string, as text that is inserted, holds nothing
 */
export function holdInside(root) {
  for (const node of root.querySelectorAll ? findAll(root, "script[src],iframe[src],img[src]") : []) {
    if (holdBack(node, node.getAttribute("src")) && node.tagName !== "SCRIPT") node.removeAttribute("src");
  }
}
