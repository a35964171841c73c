/** The icon beside a link that stands for all choices of a place, such as "Your Privacy Choices" (11 CCR 7015(b)). */
import { findAll, page } from "../page.js";
import { parts } from "../parts.js";
import { state } from "../state.js";

/** A pill, half a check on white and half a cross on blue. */
const SHAPES = [
  ["rect", { x: 0.75, y: 0.75, width: 28.5, height: 12.5, rx: 6.25, fill: "#fff", stroke: "#06f", "stroke-width": 1.5 }],
  ["path", { d: "M17.6 0H23a7 7 0 0 1 0 14h-8.4z", fill: "#06f" }],
  ["path", { d: "m5.8 7.2 2.9 2.9 4.5-5.8", fill: "none", stroke: "#06f", "stroke-width": 1.6 }],
  ["path", { d: "m19.5 4.3 5 5.4m0-5.4-5 5.4", fill: "none", stroke: "#fff", "stroke-width": 1.6 }],
];

/** Begin: the service adds this where a link has an icon. */
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
