/**
 * Reserve the space of blocked images. A browser renders an image without an address as inline text, which ignores
 * width and height, so that the layout would shift once it loads.
 */
import { page, quiet } from "../page/safe_dom.js";

/**
 * Any rule of the page outweighs these. Images without a specified size are as high as they are wide, as faces and
 * logos are; in WebKit also those with `height: auto`, since there an image without an address gets no ratio from its
 * attributes.
 */
const CSS = ":where(img[data-held-src]){display:inline-block;visibility:hidden;font-size:0}:where(img[data-held-src]:not([height])){aspect-ratio:1}";

/** @type {CSSStyleSheet | undefined} */
let sheet;

/**
 * Reserve the space of blocked images as the page's styles and attributes specify. No node is changed, since it
 * wouldn't match a framework's own copy.
 */
export const reserveImageSpace = quiet(() => {
  if (sheet && page.adoptedStyleSheets.includes(sheet)) return;
  sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  page.adoptedStyleSheets.push(sheet);
});
