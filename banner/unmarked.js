/**
 * What nobody has marked but comes from a host of one of the site's vendors: it is held as if it were marked. The config's
 * vendors are known, whether their tags are switched on or off; any other host is left alone.
 */
import { whyHeld } from "./answers.js";
import { firstOf } from "./lists.js";
import { MARK, findAll, page, webAddress } from "./page.js";
import { anyMatches } from "./paths.js";
import { state } from "./state.js";

/** Vendors of which a script of the page was held: what the HTML names of them later comes after it. @type {Set<string>} */
const begun = new Set();

/**
 * Tell whether nothing may load from `address` now, because of whose it is.
 *
 * @param {unknown} address
 */
export function mustWait(address) {
  const owners = ownersOf(address);
  return owners.length > 0 && !firstOf(owners, (owner) => !isHeld(owner));
}

/**
 * Return the vendors that have the host of `address`.
 *
 * @param {unknown} address
 */
function ownersOf(address) {
  const { hostname } = new URL(webAddress(String(address)) || location.href);
  return Object.entries(state._payload.holding?.hosts || {}).flatMap(([vendor, hosts]) => (anyMatches(hosts, hostname) ? vendor : []));
}

/** @param {string} vendor */
function isHeld(vendor) {
  const runs = firstOf(state._decision.tags, ({ id, ...tag }) => tag.vendor === vendor && tag.mode !== "held" && state._loaded.has(id));
  return !runs && whyHeld("unmarked", vendor);
}

/**
 * Mark `node`, which is a script, frame or image, so that it waits, where it must not load from `address`.
 *
 * @param {Element} node
 * @param {unknown} address
 * @param {boolean} [behind] whether it comes after another one that was held
 * @returns {boolean} whether it waits
 */
export function holdBack(node, address, behind) {
  const { dataset } = /** @type {HTMLElement} */ (node);
  if (!address || dataset.consent || !(behind || mustWait(address))) return false;
  dataset.src = webAddress(String(address));
  dataset.consent = "unmarked";
  if (node instanceof HTMLScriptElement) {
    dataset.as = node.type;
    node.type = "text/plain";
  }
  return true;
}

/**
 * Tell whether the HTML names `node`, a script, after another one of its vendor that was held.
 *
 * @param {Element} node
 * @param {unknown} address
 */
function isBehind(node, address) {
  const isOurs = /** @type {any} */ (node)[MARK];
  return page.readyState === "loading" && !isOurs && node.matches("html script:not([async])") && ownersOf(address).some((vendor) => begun.has(vendor));
}

/**
 * Hold back `root` and what is below it. A script is stopped by its type; what is on its way already, a frame or an image,
 * by going nowhere.
 *
 * @param {any} root a string, as text that is inserted, holds nothing
 */
export function holdInside(root) {
  for (const node of root.querySelectorAll ? findAll(root, "script[src],iframe[src],img[src]") : []) {
    const address = node.getAttribute("src");
    if (holdBack(node, address, isBehind(node, address)) && node.tagName !== "SCRIPT") node.removeAttribute("src");
    // The stub may have held it.
    if (node.tagName === "SCRIPT" && node.dataset.consent === "unmarked") ownersOf(address).forEach(begun.add, begun);
  }
}

/**
 * Hold back what the parser meets from now on: the core looks at new nodes only once it has decided, which for whoever has
 * chosen takes a request more.
 *
 * @returns {(root: any) => void} what holds back from then on, as a part's work
 */
export function holdAtOnce() {
  const observer = new MutationObserver((records) => {
    for (const { addedNodes } of records) for (const node of addedNodes) if (!(/** @type {any} */ (node)[MARK])) holdInside(node);
  });
  observer.observe(document, { childList: true, subtree: true });
  return (root) => {
    observer.disconnect();
    holdInside(root);
  };
}
