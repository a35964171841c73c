/**
 * Format a choice as the value of the consent cookie. The twin of consent/core/choice.py, which documents the format.
 *
 * @typedef {object} Choice
 * @property {number} day
 * @property {string} regime
 * @property {string} letters
 * @property {number} told
 * @property {Record<string, boolean | null>} groups
 * @property {Record<string, string>} keys
 * @property {Record<string, boolean>} vendors without a prototype, since the names come from the cookie
 */
import { today } from "./epoch_days.js";
import { MAX_LENGTH, OPTIONAL } from "./groups.js";

/**
 * Return an empty choice.
 *
 * @param {number} told
 * @param {{regime: string, letters: string}} rule
 * @param {number} [day]
 * @returns {Choice}
 */
export function newChoice(told, { regime, letters }, day = today()) {
  return { day, regime, letters, told, groups: {}, keys: {}, vendors: /** @type {any} */ ({ __proto__: null }) };
}

/**
 * Return the cookie value of `choice`, or an empty string if it would be longer than 1 kB.
 *
 * @param {Choice} choice
 */
export function formatChoice({ day, regime, letters, told, groups, keys, vendors }) {
  const states = OPTIONAL.map((group) => (groups[group] === null ? "-" : +groups[group]) + keys[group]);
  const exceptions = Object.keys(vendors).sort().map((vendor) => vendor + ":" + +vendors[vendor]);
  const text = ["v1", day, regime + (letters && "+" + letters), told, states.join(""), exceptions.join("~")].join(".");
  return text.length > MAX_LENGTH ? "" : text;
}
