/**
 * Pages that a framework kept and puts back, as Turbo and htmx do for *Back*, or writes over, as morphing does: what we made
 * in them is copied without what it listens to, or gone.
 */
import { fillLinks } from "./links.js";
import { findAll } from "./page.js";

/** @type {WeakSet<Element>} */
const known = new WeakSet();

/**
 * Fill the places for links on `root` and below it anew, and again whenever something else empties them.
 *
 * @param {Element | Document} root
 */
export function keepLinks(root) {
  for (const place of findAll(root, "[data-choices-link]")) {
    if (known.has(place)) continue;
    known.add(place);
    // Of our own form: such a place was empty before, so all in it is ours.
    if (place.querySelector("a[role=button][href='#']")) for (const link of [...place.children]) link.remove();
    fillLinks(place);
    let times = 99; // a page that empties it each time shall not go on for ever
    new MutationObserver(() => times-- > 0 && fillLinks(place)).observe(place, { childList: true });
  }
}
