/** Amend a choice by a partial one. The twin of consent/core/amend.py, which documents what remains of the first. */
import { OPTIONAL } from "./groups.js";
import { addMonths } from "./calendar_months.js";

/** @typedef {import("./choice.js").Choice} Choice */

/**
 * Return `now`, with what it leaves open taken from `before`.
 *
 * @param {Choice} before
 * @param {Choice} now
 * @param {number} life calendar months for which a grant counts
 */
export function amended(before, now, life) {
  const { day, regime, letters, told } = before;
  const isLent =
    hasGrant(before) &&
    now.day < addMonths(day, life) &&
    (!hasGrant(now) || (regime === now.regime && letters === now.letters && told === now.told));
  for (const group of OPTIONAL) {
    if (now.groups[group] !== null || (!isLent && before.groups[group])) continue;
    now.groups[group] = before.groups[group];
    now.keys[group] = before.keys[group];
  }
  for (const vendor in before.vendors) {
    if (isLent || !before.vendors[vendor]) now.vendors[vendor] ??= before.vendors[vendor];
  }
  return isLent && hasGrant(now) ? Object.assign(now, { day, regime, letters, told }) : now;
}

/**
 * Return whether `choice` grants anything.
 *
 * @param {Choice} choice
 */
export function hasGrant({ groups, vendors }) {
  return Object.values({ ...groups, ...vendors }).includes(true);
}
