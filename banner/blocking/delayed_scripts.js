/**
 * Scripts delayed by a speed plugin: it gives them a type that browsers don't run, finds them by that type, and runs
 * them one after the other once the visitor interacts. The blocker's type is a different one, so the plugin skips
 * blocked scripts and doesn't wait for them.
 */
import { page } from "../page/safe_dom.js";

/** The types of WP Rocket, LiteSpeed Cache and Perfmatters, and the prefix that Cloudflare's Rocket Loader adds. */
const DELAYED = /^(rocketlazyloadscript|litespeed\/javascript|pmdelayedscript|[0-9a-f]{24}-)/;
/** Where the plugins store a script's original type. */
const OWN_TYPES = ["data-rocket-type", "data-perfmatters-type", "data-type"];

/**
 * Return the type prefix by which a plugin would have recognized the blocked script `node`; empty if none delays it.
 *
 * @param {Element} node
 */
export function delayMark(node) {
  return DELAYED.exec(heldType(node))?.[0] || "";
}

/**
 * Return the original type of the blocked script `node`, empty if it has none.
 *
 * @param {Element} node
 */
export function ownType(node) {
  const mark = delayMark(node);
  if (!mark) return heldType(node);
  return OWN_TYPES.map((name) => node.getAttribute(name)).find((type) => type) || (mark.endsWith("-") ? heldType(node).slice(mark.length) : "");
}

/** @param {Element} node */
function heldType(node) {
  return node.getAttribute("data-held-type") || "";
}

/**
 * Return a promise that resolves once the plugin has run all its scripts: those that a blocked script depends on come
 * first.
 *
 * @param {string} mark of `delayMark`
 */
export function whenDelayedRan(mark) {
  return new Promise((resolve) => {
    const watch = new MutationObserver(check);
    function check() {
      if (page.readyState === "loading" || page.querySelector(`script[type^="${mark}"]`)) return;
      watch.disconnect();
      page.removeEventListener("DOMContentLoaded", check);
      resolve(0);
    }
    watch.observe(page.documentElement, { childList: true, subtree: true });
    page.addEventListener("DOMContentLoaded", check);
    check();
  });
}
