/**
 * What a withdrawal does not reach: a vendor that ran here and keeps something on hosts of its own is named with its own
 * opt-out, in this page and, where it has to be loaded again, in the one after it.
 */
import { offerOptOuts } from "./back.js";
import { acts } from "./facts.js";
import { own } from "./groups.js";
import { state } from "./state.js";

/** @type {Set<string>} */
const left = new Set();

/**
 * Offer the opt-outs of `vendors`, and of those that were left before; without any, of those that the page before this left.
 *
 * @param {string[]} [vendors]
 */
export function offerLeft(vendors = takeKept()) {
  for (const vendor of vendors) left.add(vendor);
  const found = [...left].map((vendor) => own(acts().vendors, vendor)?.opt_out);
  offerOptOuts(found.filter((one) => one !== undefined));
}

/** Keep what is left for the page that is loaded now. */
export function keepLeft() {
  try {
    sessionStorage.setItem(nameOfKept(), [...left].join());
  } catch {
    // It is in the second layer as well.
  }
}

function takeKept() {
  try {
    const kept = sessionStorage.getItem(nameOfKept()) || "";
    sessionStorage.removeItem(nameOfKept());
    return kept.split(",");
  } catch {
    return [];
  }
}

function nameOfKept() {
  return `consent_${state._payload.visit.site}_left`;
}
