/**
 * Restore our links in pages that a framework cached and restores, as Turbo and htmx do for *Back*, or overwrites, as
 * morphing does: our nodes are copied there without their listeners, or gone.
 */
import { fillLinks } from "../ui/links.js";
import { findAll } from "./safe_dom.js";

/** @type {WeakSet<Element>} */
const known = new WeakSet();

/**
 * Fill the places for links in `root` again, and again whenever something else empties them.
 *
 * @param {Element | Document} root
 */
export function restoreLinks(root) {
  for (const place of findAll(root, "[data-choices-link]")) {
    if (known.has(place)) continue;
    known.add(place);
    // They are ours by their form: such a place was empty before, so everything in it is ours.
    if (place.querySelector("a[role=button][href='#']")) for (const link of [...place.children]) link.remove();
    fillLinks(place);
    let times = 99; // a page that empties it each time must not cause an endless loop
    new MutationObserver(() => times-- > 0 && fillLinks(place)).observe(place, { childList: true });
  }
}
