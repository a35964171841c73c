/**
 * Join an app's choice with its webview's; the result is never wider than the stricter of the two. The twin of
 * `join_carried` in consent/core/account_join.py, which explains why.
 *
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {{group: string, vendor: string, flagged?: boolean}} Tag
 */
import { addMonths } from "./calendar_months.js";
import { OPTIONAL } from "./groups.js";

const VENDOR = "v:";

/**
 * @typedef {object} Side
 * @property {Set<string>} refusals
 * @property {Set<string>} grants
 * @property {Choice} of
 */

/**
 * Return the choice that applies if `carried` meets the choice `own`.
 *
 * @param {Choice} carried
 * @param {Choice | null} own
 * @param {{life: number, scope: string, tags: Tag[], groups: Record<string, {keys: string[]}>}} resolved
 * @param {number} today
 * @returns {Choice | null}
 */
export function joinChoices(carried, own, resolved, today) {
  const first = sideOf(carried);
  if (!first.refusals.size && !first.grants.size) return own;
  const second = own ? sideOf(own) : { refusals: new Set(), grants: new Set(), of: carried };
  const sides = grantingSides(first, second, resolved.life, today);
  const refusals = new Set([...first.refusals, ...second.refusals]);
  const isBoth = (/** @type {string} */ target) => sides.length === 2 && first.grants.has(target) && second.grants.has(target);
  const isAcross = (/** @type {string} */ target) =>
    [...groupsOf(target, resolved)].some((group) => (first.grants.has(target) && second.refusals.has(group)) || (second.grants.has(target) && first.refusals.has(group)));
  const granted = sides.flatMap(({ grants }) => [...grants]).filter((target) => !refusals.has(target) && (isBoth(target) || !isAcross(target)));
  return choiceOf(new Set(granted), refusals, sides, first, second, resolved);
}

/** @param {Choice} choice @returns {Side} */
function sideOf(choice) {
  /** @type {Side} */
  const side = { refusals: new Set(), grants: new Set(), of: choice };
  const answers = { ...choice.groups, ...Object.fromEntries(Object.entries(choice.vendors).map(([id, answer]) => [VENDOR + id, answer])) };
  for (const [target, answer] of Object.entries(answers)) {
    if (answer === false) side.refusals.add(target);
    else if (answer) side.grants.add(target);
  }
  return side;
}

/**
 * Return the sides whose grants count: both if they have the same stamp, else the carried one; expired ones give way.
 *
 * @param {Side} first
 * @param {Side} second
 * @param {number} life
 * @param {number} today
 */
function grantingSides(first, second, life, today) {
  const all = [first, second].filter(({ grants }) => grants.size);
  const alive = all.filter(({ of }) => today < addMonths(of.day, life));
  const sides = alive.length ? alive : all;
  return sides.length === 2 && stampOf(first.of) !== stampOf(second.of) ? [first] : sides;
}

/** @param {Choice} choice */
function stampOf({ regime, letters, told }) {
  return [regime, letters, told].join();
}

/**
 * Return the groups whose refusal counts against `target`: all for an unknown vendor, none for a group.
 *
 * @param {string} target
 * @param {{scope: string, tags: Tag[]}} resolved
 */
function groupsOf(target, { scope, tags }) {
  if (!target.startsWith(VENDOR)) return new Set();
  const own = tags.filter(({ vendor }) => VENDOR + vendor === target);
  const groups = own.flatMap(({ group, flagged }) => (flagged && scope === "sale_or_share" ? [group, "advertising"] : [group]));
  return new Set(own.length ? groups : OPTIONAL);
}

/**
 * @param {Set<string>} grants
 * @param {Set<string>} refusals
 * @param {Side[]} sides
 * @param {Side} first
 * @param {Side} second
 * @param {{groups: Record<string, {keys: string[]}>}} resolved
 * @returns {Choice}
 */
function choiceOf(grants, refusals, sides, first, second, { groups: known }) {
  const [stamped] = grants.size ? sides : [first.refusals.size ? first : second];
  const grantDay = Math.min(...sides.map(({ of }) => of.day));
  const refusalDay = Math.max(...[first, second].filter((side) => side.refusals.size).map(({ of }) => of.day));
  /** @type {Choice} */
  const choice = { ...stamped.of, day: grants.size ? grantDay : refusalDay, groups: {}, keys: {}, vendors: /** @type {any} */ ({ __proto__: null }) };
  for (const group of OPTIONAL) {
    choice.groups[group] = refusals.has(group) ? false : grants.has(group) || null;
    choice.keys[group] = keyOf(group, refusals.has(group) ? [first.refusals.has(group) ? first : second] : sides.filter((side) => side.grants.has(group)), known);
  }
  for (const [targets, answer] of /** @type {[Set<string>, boolean][]} */ ([[grants, true], [refusals, false]])) {
    for (const target of targets) if (target.startsWith(VENDOR)) choice.vendors[target.slice(VENDOR.length)] = answer;
  }
  return choice;
}

/**
 * @param {string} group
 * @param {Side[]} sides those that answered it
 * @param {Record<string, {keys: string[]}>} known
 */
function keyOf(group, sides, known) {
  const { keys } = known[group];
  const rank = (/** @type {string} */ key) => (keys.includes(key) ? keys.indexOf(key) : keys.length);
  const held = sides.map(({ of }) => of.keys[group]).sort((one, other) => rank(one) - rank(other));
  return held[0] || keys[0] || "00000000";
}
