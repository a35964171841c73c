/**
 * The consent cookie: the twin of consent/core/choice.py, where its form is told.
 *
 * @typedef {object} Choice
 * @property {number} day
 * @property {string} regime
 * @property {string} letters
 * @property {number} told
 * @property {Record<string, boolean | null>} groups
 * @property {Record<string, string>} keys
 * @property {Record<string, boolean>} vendors without a prototype, since its names come from the cookie
 */
import { today } from "./days.js";
import { OPTIONAL } from "./groups.js";

const MAX_LENGTH = 1024;
const FORM =
  /^v1\.(\d{1,6})\.([a-z_]{1,40})(?:\+([fadx]{1,4}))?\.([0-3])\.((?:[01-][0-9a-f]{8}){3})\.((?:[a-z0-9][a-z0-9-]{0,63}:[01](?:~(?!$)|$))*)$/;

/**
 * Return the choice that the cookie value `text` holds, or null where it is not exactly of the form.
 *
 * @param {string | null | undefined} text
 * @returns {Choice | null}
 */
export function parseChoice(text) {
  const found = text && text.length <= MAX_LENGTH && FORM.exec(text);
  if (!found) return null;
  const [, day, regime, letters = "", told, states, exceptions] = found;
  const choice = newChoice(+told, { regime, letters }, +day);
  OPTIONAL.forEach((group, index) => {
    const state = states.slice(index * 9, index * 9 + 9);
    choice.groups[group] = state[0] === "-" ? null : state[0] === "1";
    choice.keys[group] = state.slice(1);
  });
  for (const exception of exceptions ? exceptions.split("~") : []) {
    const [vendor, mark] = exception.split(":");
    if (vendor in choice.vendors) return null;
    choice.vendors[vendor] = mark === "1";
  }
  return choice;
}

/**
 * Return a choice that says nothing yet.
 *
 * @param {number} told
 * @param {{regime: string, letters: string}} rule
 * @param {number} [day]
 * @returns {Choice}
 */
export function newChoice(told, { regime, letters }, day = today()) {
  return { day, regime, letters, told, groups: {}, keys: {}, vendors: Object.create(null) };
}

/**
 * Return the cookie value of `choice`, or an empty string where it would be longer than 1 kB.
 *
 * @param {Choice} choice
 */
export function formatChoice({ day, regime, letters, told, groups, keys, vendors }) {
  const states = OPTIONAL.map((group) => (groups[group] === null ? "-" : +groups[group]) + keys[group]);
  const exceptions = Object.keys(vendors).sort().map((vendor) => vendor + ":" + +vendors[vendor]);
  const text = ["v1", day, regime + (letters && "+" + letters), told, states.join(""), exceptions.join("~")].join(".");
  return text.length > MAX_LENGTH ? "" : text;
}
