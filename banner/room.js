/** What the keyboard comes to does not lie under a layer (WCAG 2.4.11). */
import { nextTask, page, quiet } from "./page.js";

/**
 * Let the page scroll to its head what gets the focus under `layer`; what is pressed by other means stays where it is.
 *
 * @param {HTMLElement} layer
 */
export function makeRoom(layer) {
  const look = async (/** @type {any} */ { target }) => {
    await nextTask(); // the browser itself scrolls to it first
    const { x, y } = target.getBoundingClientRect();
    const isUnder = !layer.contains(target) && layer.contains(page.elementFromPoint(x, y));
    if (isUnder && target.matches(":focus-visible")) target.scrollIntoView();
  };
  addEventListener("focusin", quiet(look));
}
