/** Fill each `<span data-choices-link>` of the page with the links that the law of the place requires. */
import { element, findAll } from "../page/safe_dom.js";
import { callParts } from "../parts.js";
import { newLink } from "./texts.js";
import { state } from "../state.js";

/**
 * A link leads to an address or opens the second layer; some also refuse something immediately, since their law allows
 * no second step (CCPA regulations 7026, PECR schedule A1). A place that contains an element has already been filled.
 *
 * @param {Element | Document} root
 */
export function fillLinks(root) {
  for (const place of findAll(root, "[data-choices-link]")) {
    if (place.firstElementChild) continue;
    for (const { label, url, action, group } of state._payload.links) {
      const click = async (/** @type {Event} */ event) => {
        event.preventDefault();
        if (action) await callParts("refuse", action, group);
        await callParts("open");
      };
      const link = url ? newLink(url, label) : element("a", { href: "#", role: "button", click }, label);
      if (!link) continue;
      link.style.cssText = "display:inline-block;min-height:24px;margin-inline-end:1em"; // WCAG 2.5.8
      place.append(link);
    }
  }
}
