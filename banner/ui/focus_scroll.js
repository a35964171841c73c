/** Scroll focused elements out from under a layer (WCAG 2.4.11, Focus Not Obscured). */
import { layer } from "./layers.js";
import { nextTask, page, quiet } from "../page/safe_dom.js";

/**
 * Scroll what got the focus under the first layer, which stands before the body, to the other end of the window. Where the
 * page cannot scroll that far the layer goes to that end, and the page the other way. What is pressed by other means stays where it is.
 */
export const revealFocus = quiet(async (/** @type {any} */ { target }) => {
  await nextTask(); // the browser itself scrolls to it first
  // At once, whatever the page's own way of scrolling is: what comes of it is looked at.
  const isUnder = (/** @type {string} */ block) => {
    target.scrollIntoView({ behavior: "instant", block });
    const { x, y, bottom } = target.getBoundingClientRect();
    return layer?.contains(page.elementFromPoint(x, (y + bottom) / 2));
  };
  if (!layer?.dataset.position || !target.matches("body :focus-visible") || !isUnder("nearest")) return;
  if (isUnder(layer.matches("[up]") ? "end" : "start")) isUnder(layer.toggleAttribute("up") ? "end" : "start");
});
