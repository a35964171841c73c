/** Parse the choice in the consent cookie. */
import { newChoice } from "../decision/choice.js";
import { MAX_LENGTH, OPTIONAL } from "../decision/groups.js";
import { readCookies } from "./read_cookies.js";

/** @typedef {import("../decision/choice.js").Choice} Choice */

const DIGITS = "0123456789";
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
/** @type {Record<string, boolean | null>} */
const STATES = { 1: true, 0: false, "-": null };

/**
 * Return the choice in the cookie value `text`, or null if it is malformed.
 *
 * @param {string | null | undefined} text
 * @returns {Choice | null}
 */
export function parseChoice(text) {
  if (!text || text.length > MAX_LENGTH) return null;
  const parts = text.split(".");
  const [form, day, rule, told, states, exceptions] = parts;
  if (form !== "v1" || parts.length !== 6 || states.length !== 27) return null;
  const [regime, ...letters] = rule.split("+");
  const isRule = isOf(regime, LETTERS + "_", 40) && letters.length < 2 && letters.every((some) => isOf(some, "fadx", 4));
  if (!isOf(day, DIGITS, 6) || !isRule || !isOf(told, "0123", 1)) return null;
  const choice = newChoice(+told, { regime, letters: letters.join("") }, +day);
  // By index: Prototype.js gives arrays its own `entries`.
  for (const group of OPTIONAL) {
    const begin = OPTIONAL.indexOf(group) * 9;
    const state = states.slice(begin, begin + 9);
    const key = state.slice(1);
    if (!isOf(state[0], "01-", 1) || !isOf(key, DIGITS + "abcdef", 8)) return null;
    choice.groups[group] = STATES[state[0]];
    choice.keys[group] = key;
  }
  for (const exception of exceptions ? exceptions.split("~") : []) {
    const [vendor, mark, more] = exception.split(":");
    const isVendor = isOf(vendor, LETTERS + DIGITS + "-", 64) && vendor[0] !== "-" && !(vendor in choice.vendors);
    if (!isVendor || !isOf(mark, "01", 1) || more !== undefined) return null;
    choice.vendors[vendor] = mark === "1";
  }
  return choice;
}

/**
 * Return whether `text` consists of 1 to `most` of the `letters`. A regular expression for the whole value would take
 * longer to compile, on every page of a returning visitor, than everything else here.
 *
 * @param {string | undefined} text
 * @param {string} letters
 * @param {number} most
 */
function isOf(text, letters, most) {
  if (!text || text.length > most) return false;
  for (let i = 0; i < text.length; i++) if (!letters.includes(text[i])) return false;
  return true;
}

/**
 * Return a number that is greater for newer choices and, on the same day, for those that grant less.
 *
 * @param {Choice} choice
 */
function rank(choice) {
  return choice.day - JSON.stringify(choice).split(":true").length / 1e3;
}

/**
 * Return the choice for `site` (the newest, or on the same day the strictest, if host and parent domain both have one),
 * and whether one is waiting to be sent.
 *
 * @param {string} site
 */
export function readChoice(site) {
  const own = "consent_" + site;
  /** @type {Choice | null} */
  let newest = null;
  let waits = false;
  for (const [name, value] of readCookies()) {
    if (!name.startsWith(own)) continue;
    if (name === own + "_queue") waits = true;
    const choice = name === own ? parseChoice(value) : null;
    if (choice && !(newest && rank(newest) >= rank(choice))) newest = choice;
  }
  return { choice: newest, waits };
}
