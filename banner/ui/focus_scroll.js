/** Scroll focused elements out from under a layer (WCAG 2.4.11, Focus Not Obscured). */
import { layer } from "./layers.js";
import { nextTask, page, quiet } from "../page/safe_dom.js";

/**
 * If an element gets the focus under the first layer, which comes before the body, scroll it to the other end of the
 * window. If the page can't scroll that far, the layer moves to that end, and the page scrolls the other way. Elements
 * focused without the keyboard stay where they are.
 */
export const revealFocus = quiet(async (/** @type {any} */ { target }) => {
  await nextTask(); // the browser itself scrolls to it first
  // Instantly, whatever the page's own scroll behavior is: the result is checked right after.
  const isUnder = (/** @type {string} */ block) => {
    target.scrollIntoView({ behavior: "instant", block });
    const { x, y, bottom } = target.getBoundingClientRect();
    return layer?.contains(page.elementFromPoint(x, (y + bottom) / 2));
  };
  if (!layer?.dataset.position || !target.matches("body :focus-visible") || !isUnder("nearest")) return;
  if (isUnder(layer.matches("[up]") ? "end" : "start")) isUnder(layer.toggleAttribute("up") ? "end" : "start");
});
