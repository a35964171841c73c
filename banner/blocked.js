/** What the blocker holds: whose it is, whether it may load now, and how it gets back what it had. */
import { whyHeld } from "./answers.js";
import { fits } from "./addresses.js";
import { acts } from "./facts.js";
import { isBusy } from "./order.js";
import { MARK, page, webAddress } from "./page.js";
import { fillScript } from "./scripts.js";

// A page may put a getter of its own in the place of `dataset`, and have all of its marks say what it wants.
const { getAttribute } = page.createElement("i");
const KEPT = ["type", "src", "srcset", "href"];

/** The blocker of this page: what banner/blocker.js shares. @type {{held: Set<HTMLElement>, added: WeakSet<Element>, parsed: WeakSet<Element>, may?: (address: string, node: any) => boolean} | undefined} */
export const blocker = Reflect.get(window, Symbol.for("consent.blocker"));

/**
 * Return the vendor of the site whose hosts have `address`; of several, the one that names it most closely.
 *
 * @param {string | null | undefined} address
 */
export function vendorAt(address) {
  const url = new URL(webAddress(address) || location.href);
  let found;
  let best = 0;
  for (const [id, { hosts }] of Object.entries(acts().vendors)) {
    const rank = fits(hosts, url);
    if (rank > best) [found, best] = [id, rank];
  }
  return found;
}

/**
 * Return why nothing that nobody has marked may load from `address`, or an empty string.
 *
 * @param {string} address
 */
export function whyAddressHeld(address) {
  const vendor = vendorAt(address);
  if (!vendor && fits(acts().run, new URL(webAddress(address) || location.href))) return "";
  return whyHeld("unmarked", vendor);
}

/**
 * Tell whether `address` may load for `node`. A script that the HTML names comes behind those of its vendor that still wait.
 *
 * @param {string} address
 * @param {HTMLElement} [node]
 */
export function mayLoad(address, node) {
  if (whyAddressHeld(address)) return false;
  const isNext = page.readyState === "loading" && node?.matches("html script:not([async])");
  if (isNext && isBusy(lineOf(address))) return false;
  if (node instanceof HTMLScriptElement) passed.add(address);
  return true;
}

/** Addresses of scripts that did not have to wait. @type {Set<string>} */
export const passed = new Set();

/**
 * Return the line in which scripts from `address` run: their vendor's, or their host's.
 *
 * @param {string} address
 */
export function lineOf(address) {
  return vendorAt(address) || new URL(address).host;
}

/**
 * Return the address that `node` loads from, or of the library that it uses, wherever it is kept.
 *
 * @param {Element} node
 */
export function addressOf(node) {
  const get = (/** @type {string} */ name) => getAttribute.call(node, name);
  return webAddress(get("data-held-after") || get("data-held-src") || get("data-held-href") || get("data-src") || get("src"));
}

/**
 * Give `node`, which the blocker holds, exactly what it had: a framework compares it with what it made.
 *
 * @param {HTMLElement} node
 */
export function restore(node) {
  blocker?.held.delete(node);
  /** @type {any} */ (node)[MARK] = 1; // or the blocker would hold it again
  const source = getAttribute.call(node, "src");
  if (node instanceof HTMLScriptElement) {
    node.removeAttribute("src"); // a browser looks at it again where it gets an address
    node.removeAttribute("type");
  }
  const kept = KEPT.map((name) => [name, getAttribute.call(node, "data-held-" + name)]);
  for (const name of ["data-consent", "data-held-after", ...KEPT.map((name) => "data-held-" + name)]) node.removeAttribute(name);
  for (const [name, value] of kept) if (name && value !== null) node.setAttribute(name, value);
  if (node instanceof HTMLScriptElement && source) fillScript(node, source);
  delete (/** @type {any} */ (node)[MARK]);
}

/**
 * Hold `frame` again, which was restored.
 *
 * @param {HTMLIFrameElement} frame
 */
export function holdAgain(frame) {
  delete (/** @type {any} */ (frame)[MARK]);
  frame.setAttribute("data-held-src", getAttribute.call(frame, "src") || "");
  frame.setAttribute("data-consent", "unmarked");
}
