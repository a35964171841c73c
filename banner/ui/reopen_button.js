/**
 * Build the button that reopens the second layer, on every page, which also shows where an opt-out was honored. Beside it stands
 * a link to the receipt of a choice just made, for a visitor who has no page of receipts.
 */
import { element } from "../page/safe_dom.js";
import { openPreferences } from "./preferences.js";
import { newShadowHost } from "./shadow_host.js";
import { newLink, say } from "./texts.js";
import { state } from "../state.js";

const CSS = `:host{position:fixed!important;inset-block-end:12px!important;inset-inline-start:12px!important;z-index:2147483646!important}
button,a{cursor:pointer;font:inherit;display:inline-block;margin-inline-end:6px;padding:6px 14px;border:1px solid #8886;border-radius:20px;background:var(--card);color:inherit;font-size:13px;text-decoration:none}
@media print{:host{display:none!important}}`;

/** @type {HTMLElement | undefined} */
let host;
/** @type {HTMLElement | ""} */
let link = "";
/** @type {HTMLElement[]} */
let optOuts = [];

/** Return the host of the button. */
export function newReopenButton() {
  const label = say("back");
  const status = state._decision.status ? say("status") + " \u00b7 " : "";
  const button = element("button", { click: openPreferences }, status + label);
  host = newShadowHost("section", { "aria-label": label }, CSS, button);
  offerReceipt();
  offerOptOuts();
  return host;
}

/** Offer the receipt that was just made, where there is one that nothing leads to, in place of an earlier one. */
export function offerReceipt() {
  if (link) link.remove();
  // On nearly every page there is none, and no address is taken apart for it.
  link = state._unlinked ? newLink(`${state._base}/api/v1/receipts/${state._unlinked}/proof`, say("download")) : "";
  if (link) host?.shadowRoot?.append(link);
}

/**
 * Offer what leads out of vendors that a withdrawal cannot reach, in place of what was offered before.
 *
 * @param {{url: string, text: string}[]} [links] without them, the same again
 */
export function offerOptOuts(links) {
  if (links) {
    for (const old of optOuts) old.remove();
    optOuts = links.map(({ url, text }) => newLink(url, text)).filter((one) => one instanceof HTMLElement);
  }
  if (optOuts[0]) host?.shadowRoot?.append(...optOuts);
}
