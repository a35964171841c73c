/**
 * Build the button, on every page, that reopens the second layer and shows whether an opt-out was honored. It avoids
 * what the page itself has fixed to the bottom of the window, and is hidden if the page has its own link and the site
 * wants that.
 */
import { acts } from "../acts_payload.js";
import { element, findAll, page, quiet } from "../page/safe_dom.js";
import { whenIdle } from "../page/idle_callbacks.js";
import { openPreferences } from "./preferences.js";
import { newShadowHost } from "./shadow_host.js";
import { newLink, say } from "./texts.js";
import { state } from "../state.js";

const GAP = 12; // px
const SVG = "http://www.w3.org/2000/svg";
const SLIDERS = "M3 7h9m6 0h3M3 17h3m6 0h9M15 4v6M9 14v6";

/** @param {string} side */
const cssAt = (side) => `:host{position:fixed!important;inset-block-end:calc(var(--consent-up) + env(safe-area-inset-bottom,0px))!important;\
inset-inline-${side}:max(${GAP}px,env(safe-area-inset-left,0px),env(safe-area-inset-right,0px))!important;z-index:2147483646!important}
:host([off]){display:none!important}
button,a{cursor:pointer;font:inherit;display:inline-block;margin-inline-end:6px;padding:6px 14px;border:1px solid #8886;border-radius:20px;background:var(--card);color:inherit;font-size:13px;text-decoration:none}
button:last-child,a:last-child{margin-inline-end:0}
svg{display:block;width:20px;height:20px;margin:5px -3px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round}
@media print{:host{display:none!important}}`;

/** @type {HTMLElement | undefined} */
let host;
/** @type {HTMLElement[]} */
let optOuts = [];
let isFollowing = false;
let isPlanned = false;

/** Return the button's host. */
export function newReopenButton() {
  const label = say("back");
  const { status } = state._decision;
  const { side = "start", icon } = acts().back || {};
  const isIcon = icon && !status; // the law requires the honored opt-out in words (11 CCR 7025(c)(6))
  const button = element(
    "button",
    { click: openPreferences, "aria-label": isIcon && label, title: isIcon && label },
    isIcon ? newIcon() : (status ? say("status") + " \u00b7 " : "") + label,
  );
  host = newShadowHost("section", { "aria-label": label }, cssAt(side), button);
  offerOptOuts();
  lift(0);
  followPage();
  if (!isFollowing) for (const event of ["resize", "load", "scrollend"]) addEventListener(event, followPage);
  isFollowing = true;
  return host;
}

/**
 * Offer links to opt out of vendors that a withdrawal can't reach, in place of earlier ones.
 *
 * @param {{url: string, text: string}[]} [links] without them, the same as before
 */
export function offerOptOuts(links) {
  if (links) {
    for (const old of optOuts) old.remove();
    optOuts = links.map(({ url, text }) => newLink(url, text)).filter((one) => one instanceof HTMLElement);
  }
  if (optOuts[0]) host?.shadowRoot?.append(...optOuts);
}

/** Check again, once the browser is idle, whether the button is needed and what is in its place. */
export function followPage() {
  if (isPlanned || !host) return;
  isPlanned = true;
  whenIdle(quiet(place));
}

function place() {
  isPlanned = false;
  if (!host?.isConnected) return;
  const isSilent = !state._decision.status && !optOuts[0];
  host.toggleAttribute("off", !!acts().back?.own_link && isSilent && findAll(page, "[data-choices-link] > *").some(isShown));
  lift(0);
  // One bar may be on top of another; what reaches above the middle of the window isn't a bar.
  for (let times = 3, top; times-- && (top = topUnder(host.getBoundingClientRect())); ) lift(innerHeight - top);
}

/** @param {number} height of what is below the button */
function lift(height) {
  const up = height ? height + GAP : (acts().back?.offset ?? GAP);
  host?.style.setProperty("--consent-up", up + "px");
}

/** @param {Element} node */
function isShown(node) {
  return node.getClientRects().length > 0;
}

/**
 * Return the top of what the page has fixed under `box`, or 0 if there is nothing.
 *
 * @param {DOMRect} box
 */
function topUnder({ left, right, top, bottom }) {
  for (const x of [left + 1, (left + right) / 2, right - 1]) {
    for (const y of [top + 1, (top + bottom) / 2, bottom - 1]) {
      for (let node of page.elementsFromPoint(x, y)) {
        for (; node && node !== host; node = /** @type {Element} */ (node.parentElement)) {
          const found = /fixed|sticky/.test(getComputedStyle(node).position) && node.getBoundingClientRect().top;
          if (found && found > innerHeight / 2) return found;
        }
      }
    }
  }
  return 0;
}

function newIcon() {
  const icon = page.createElementNS(SVG, "svg");
  const path = page.createElementNS(SVG, "path");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  path.setAttribute("d", SLIDERS);
  icon.append(path);
  return icon;
}
