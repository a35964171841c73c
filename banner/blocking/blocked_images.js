/**
 * Reserve the space of blocked images. Without an address a browser draws the text of a broken image in its place, inline:
 * then neither its width nor its height counts, and the layout shifts once it loads.
 */
import { page, quiet } from "../page/safe_dom.js";

/**
 * Any rule of the page outweighs these. What the page says nothing of is as high as it is wide, as faces and logos are; in
 * WebKit also what has `height: auto`, since there the attributes of an image without an address give it no ratio.
 */
const CSS = ":where(img[data-held-src]){display:inline-block;visibility:hidden;font-size:0}:where(img[data-held-src]:not([height])){aspect-ratio:1}";

/** @type {CSSStyleSheet | undefined} */
let sheet;

/**
 * Reserve the space of blocked images, as wide and high as the page's styles and attributes say. No node is changed, which a
 * framework would find different from its own.
 */
export const reserveImageSpace = quiet(() => {
  if (sheet && page.adoptedStyleSheets.includes(sheet)) return;
  sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  page.adoptedStyleSheets.push(sheet);
});
