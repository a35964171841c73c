/**
 * Scripts that a speed plugin puts off: it gives them a type that no browser runs, and runs them one after the other once the
 * visitor does something. It finds them by that type. What the blocker holds has another, so the plugin passes it by, and
 * lets nothing wait for it.
 */
import { page } from "../page/safe_dom.js";

/** The types of WP Rocket, LiteSpeed Cache and Perfmatters, and what Cloudflare's Rocket Loader puts before a script's own. */
const DELAYED = /^(rocketlazyloadscript|litespeed\/javascript|pmdelayedscript|[0-9a-f]{24}-)/;
/** Where the plugins put a script's own type. */
const OWN_TYPES = ["data-rocket-type", "data-perfmatters-type", "data-type"];

/**
 * Return how the type began by which a plugin would have found the held script `node`; empty where none puts it off.
 *
 * @param {Element} node
 */
export function delayMark(node) {
  return DELAYED.exec(heldType(node))?.[0] || "";
}

/**
 * Return the type that the held script `node` runs with, empty where it has none.
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
 * Return a promise that is kept once the plugin has run all that it puts off: what a held script needs of it was there before.
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
