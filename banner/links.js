/** The links that a place asks for, in the page's own text: `<span data-choices-link>` is filled with them. */
import { element, findAll } from "./page.js";
import { ask } from "./parts.js";
import { newLink } from "./text.js";
import { state } from "./state.js";

/**
 * A link leads to an address, or opens the second layer; some refuse something first, at once: their law wants no second
 * step (CCPA regulations 7026, PECR schedule A1). A place that holds an element was filled before.
 *
 * @param {Element | Document} root
 */
export function fillLinks(root) {
  for (const place of findAll(root, "[data-choices-link]")) {
    if (place.firstElementChild) continue;
    for (const { label, url, action, group } of state._payload.links) {
      const click = async (/** @type {Event} */ event) => {
        event.preventDefault();
        if (action) await ask("refuse", action, group);
        await ask("open");
      };
      const link = url ? newLink(url, label) : element("a", { href: "#", role: "button", click }, label);
      if (!link) continue;
      link.style.cssText = "display:inline-block;min-height:24px;margin-inline-end:1em"; // WCAG 2.5.8
      place.append(link);
    }
  }
}
