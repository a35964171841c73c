/**
 * After a withdrawal, offer the opt-out of vendors that ran here and store cookies on their own hosts, which a
 * withdrawal can't reach: in this page and, if it has to be reloaded, in the next one.
 */
import { offerOptOuts } from "../ui/reopen_button.js";
import { acts } from "../acts_payload.js";
import { own } from "../decision/groups.js";
import { state } from "../state.js";

/** @type {Set<string>} */
const remaining = new Set();

/**
 * Offer the opt-outs of `vendors`, and of earlier ones in this page; by default, those that the previous page stored.
 *
 * @param {string[]} [vendors]
 */
export function offerRemainingOptOuts(vendors = takeStored()) {
  for (const vendor of vendors) remaining.add(vendor);
  const found = [...remaining].map((vendor) => own(acts().vendors, vendor)?.opt_out);
  offerOptOuts(found.filter((one) => one !== undefined));
}

/** Store the remaining vendors for the next page. */
export function storeRemaining() {
  try {
    sessionStorage.setItem(storageKey(), [...remaining].join());
  } catch {
    // The opt-outs are in the second layer as well.
  }
}

function takeStored() {
  try {
    const kept = sessionStorage.getItem(storageKey()) || "";
    sessionStorage.removeItem(storageKey());
    return kept.split(",");
  } catch {
    return [];
  }
}

function storageKey() {
  return `consent_${state._payload.visit.site}_left`;
}
