/** Content that the blocker holds: find its vendor, check whether it may load, and restore its attributes. */
import { blockReason } from "../decision/vendor_answers.js";
import { matchRank } from "../decision/host_patterns.js";
import { acts } from "../acts_payload.js";
import { ownType } from "./delayed_scripts.js";
import { isBusy } from "./load_queue.js";
import { CONSENT_KEY, page, webAddress } from "../page/safe_dom.js";
import { fillScript } from "./script_elements.js";

const MOVED_ATTRIBUTES = ["type", "src", "srcset", "href"];
const { getAttribute } = page.createElement("i");

/**
 * Return the attribute `name` of `node`; a page may have replaced the getter of `dataset`.
 *
 * @param {Element} node
 * @param {string} name
 * @returns {string | null}
 */
export function readAttribute(node, name) {
  return getAttribute.call(node, name);
}

/** Shared by banner/blocker.js in this page. @type {{held: Set<HTMLElement>, added: WeakSet<Element>, parsed: WeakSet<Element>, may?: (address: string, node: any) => boolean} | undefined} */
export const blocker = Reflect.get(window, Symbol.for("consent.blocker"));

/**
 * Return the site's vendor whose hosts match `address`; of several, the most specific match.
 *
 * @param {string | null | undefined} address
 */
export function vendorAt(address) {
  const url = new URL(webAddress(address) || location.href);
  let found;
  let best = 0;
  for (const [id, { hosts }] of Object.entries(acts().vendors)) {
    const rank = matchRank(hosts, url);
    if (rank > best) [found, best] = [id, rank];
  }
  return found;
}

/**
 * Return why unmarked content may not load from `address`, or an empty string.
 *
 * @param {string} address
 */
export function addressBlockReason(address) {
  const vendor = vendorAt(address);
  if (!vendor && matchRank(acts().run, new URL(webAddress(address) || location.href))) return "";
  return blockReason("unmarked", vendor);
}

/**
 * Return whether `address` may load for `node`. A script in the HTML comes after its vendor's scripts that still wait.
 *
 * @param {string} address
 * @param {HTMLElement} [node]
 */
export function mayLoad(address, node) {
  if (addressBlockReason(address)) return false;
  const isNext = page.readyState === "loading" && node?.matches("html script:not([async])");
  if (isNext && isBusy(queueOf(address))) return false;
  if (node instanceof HTMLScriptElement) allowedScripts.add(address);
  return true;
}

/** Addresses of scripts that were never blocked. @type {Set<string>} */
export const allowedScripts = new Set();

/**
 * Return the queue in which scripts from `address` run: their vendor's, or their host's.
 *
 * @param {string} address
 */
export function queueOf(address) {
  return vendorAt(address) || new URL(address).host;
}

/**
 * Return the address that `node` loads from, or that of the library that it uses, wherever it is stored.
 *
 * @param {Element} node
 */
export function addressOf(node) {
  const get = (/** @type {string} */ name) => readAttribute(node, name);
  return webAddress(get("data-held-after") || get("data-held-src") || get("data-held-href") || get("data-src") || get("src"));
}

/**
 * Restore exactly the attributes that `node` had before it was blocked: a framework compares it with its own copy.
 *
 * @param {HTMLElement} node
 */
export function restoreAttributes(node) {
  blocker?.held.delete(node);
  /** @type {any} */ (node)[CONSENT_KEY] = 1; // otherwise the blocker would hold it again
  const source = readAttribute(node, "src");
  if (node instanceof HTMLScriptElement) {
    node.removeAttribute("src"); // browsers check a script again when it gets an address
    node.removeAttribute("type");
  }
  const type = ownType(node);
  node.removeAttribute("data-consent");
  node.removeAttribute("data-held-after");
  for (const name of MOVED_ATTRIBUTES) {
    const value = readAttribute(node, "data-held-" + name);
    node.removeAttribute("data-held-" + name);
    if (value !== null) node.setAttribute(name, name === "type" ? type : value);
  }
  if (node instanceof HTMLScriptElement && source) fillScript(node, source);
  delete (/** @type {any} */ (node)[CONSENT_KEY]);
}

/**
 * Block `frame` again after it was restored.
 *
 * @param {HTMLIFrameElement} frame
 */
export function blockAgain(frame) {
  delete (/** @type {any} */ (frame)[CONSENT_KEY]);
  frame.setAttribute("data-held-src", readAttribute(frame, "src") || "");
  frame.setAttribute("data-consent", "unmarked");
}
