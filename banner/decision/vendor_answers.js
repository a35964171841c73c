/** Look up the decision for vendors and groups that the page names. */
import { own } from "./groups.js";
import { firstOf, has } from "./safe_arrays.js";
import { state } from "../state.js";

const REFUSED = ["refused", "vendor_refused", "gpc", "dnt", "minor"];

/**
 * Return the answers for the tags that `vendor` has in `group`, or for all its tags if it has none there.
 *
 * @param {string | null | undefined} vendor
 * @param {string} group
 */
function tagsOf(vendor, group) {
  const named = state._decision.tags.filter((tag) => tag.vendor === vendor);
  const mine = named.filter((tag) => tag.group === group);
  return mine.length ? mine : named;
}

/**
 * Return why content marked with `groups` and `vendor` is blocked, or an empty string if it may load. An unknown group
 * counts as advertising.
 *
 * @param {string} groups separated by spaces or commas
 * @param {string | null | undefined} vendor
 */
export function blockReason(groups, vendor) {
  const named = tagsOf(vendor, groups);
  if (named.length) return firstOf(named, (tag) => tag.mode !== "full")?.reason || "";
  const isKilled = firstOf(state._decision.tags, (tag) => tag.reason === "kill_switch");
  for (const name of groups.split(/[\s,]+/)) {
    const { granted, reason } = own(state._decision.groups, name) || state._decision.groups.advertising;
    if (!granted) return reason;
    if (isKilled && name !== "essential") return "kill_switch";
  }
  return "";
}

/** Return whether anything was refused here; if not, no vendor or group has to be looked up. */
export function isAnyRefused() {
  const { groups, tags } = state._decision;
  return !!firstOf([...Object.values(groups), ...tags], ({ reason }) => has(REFUSED, reason));
}

/**
 * Return whether what belongs to `group` and `vendor` was refused, and not only left open or blocked by the site.
 *
 * @param {string} group
 * @param {string | null} vendor
 */
export function isRefused(group, vendor) {
  const named = tagsOf(vendor, group);
  const answers = [...named, own(state._decision.groups, group)];
  return !firstOf(named, (tag) => tag.mode === "full") && !!firstOf(answers, (answer) => answer && has(REFUSED, answer.reason));
}
