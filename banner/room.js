/** What the keyboard comes to does not lie under a layer (WCAG 2.4.11). */
import { layer } from "./layers.js";
import { nextTask, page, quiet } from "./page.js";

/**
 * Have what got the focus under the layer, which stands before the body, scrolled to the other end of the window. Where the page
 * cannot scroll that far the layer goes to that end, and the page the other way. What is pressed by other means stays where it is.
 */
export const makeRoom = quiet(async (/** @type {any} */ { target }) => {
  await nextTask(); // the browser itself scrolls to it first
  const isUnder = () => {
    const { x, y } = target.getBoundingClientRect();
    return layer?.contains(page.elementFromPoint(x, y));
  };
  if (!layer || !target.matches("body :focus-visible") || !isUnder()) return;
  target.scrollIntoView(!layer.matches("[up]"));
  if (isUnder()) target.scrollIntoView(!layer.toggleAttribute("up"));
});
