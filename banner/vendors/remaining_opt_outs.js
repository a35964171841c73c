/**
 * Offer a vendor's own opt-out after a withdrawal, where it ran here and stores cookies on hosts of its own, which no withdrawal
 * reaches: in this page and, where it has to be loaded again, in the next one.
 */
import { offerOptOuts } from "../ui/reopen_button.js";
import { acts } from "../acts_payload.js";
import { own } from "../decision/groups.js";
import { state } from "../state.js";

/** @type {Set<string>} */
const remaining = new Set();

/**
 * Offer the opt-outs of `vendors`, and of earlier ones in this page; without any, of those that the previous page stored.
 *
 * @param {string[]} [vendors]
 */
export function offerRemainingOptOuts(vendors = takeStored()) {
  for (const vendor of vendors) remaining.add(vendor);
  const found = [...remaining].map((vendor) => own(acts().vendors, vendor)?.opt_out);
  offerOptOuts(found.filter((one) => one !== undefined));
}

/** Store what remains for the page that is loaded next. */
export function storeRemaining() {
  try {
    sessionStorage.setItem(storageKey(), [...remaining].join());
  } catch {
    // It is in the second layer as well.
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
