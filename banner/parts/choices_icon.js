/** The icon next to a link that covers all choices of a place, such as "Your Privacy Choices" (11 CCR 7015(b)). */
import { findAll, page } from "../page/safe_dom.js";
import { parts } from "../parts.js";
import { state } from "../state.js";
import { SHAPES } from "../ui/choices_icon.js";

/** Begin; the service adds this part if a link has an icon. */
export default function start() {
  parts.push({ work: draw });
}

/** @param {Element | Document} root */
function draw(root) {
  const labels = state._payload.links.filter(({ icon }) => icon).map(({ label }) => label);
  for (const link of findAll(root, "[data-choices-link] > a")) {
    if (link.firstElementChild || !labels.includes(link.textContent || "")) continue;
    link.append(" ", shape("svg", { viewBox: "0 0 30 14", width: 30, height: 14, "aria-hidden": true }, SHAPES));
  }
}

/**
 * @param {string} name
 * @param {Record<string, unknown>} attributes
 * @param {any[]} [inside]
 */
function shape(name, attributes, inside = []) {
  const made = page.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  made.append(...inside.map(([child, given]) => shape(child, given)));
  return made;
}
