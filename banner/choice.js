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
import { OPTIONAL } from "./groups.js";

const MAX_LENGTH = 1024;
const FORM = /^v1\.(\d{1,6})\.([a-z_]{1,40})(?:\+([fadx]{1,4}))?\.([0-3])\.((?:[01-][0-9a-f]{8}){3})\.([a-z0-9:~-]*)$/;
const EXCEPTION = /^([a-z0-9][a-z0-9-]{0,63}):([01])$/;

/**
 * Return the choice that the cookie value `text` holds, or null where it is not exactly of the form.
 *
 * @param {string | null | undefined} text
 * @returns {Choice | null}
 */
export function parseChoice(text) {
  const found = text && text.length <= MAX_LENGTH && FORM.exec(text);
  if (!found) return null;
  /** @type {Choice} */
  const choice = {
    day: +found[1],
    regime: found[2],
    letters: found[3] || "",
    told: +found[4],
    groups: {},
    keys: {},
    vendors: Object.create(null),
  };
  OPTIONAL.forEach((group, index) => {
    const mark = found[5][index * 9];
    choice.groups[group] = mark === "-" ? null : mark === "1";
    choice.keys[group] = found[5].slice(index * 9 + 1, index * 9 + 9);
  });
  for (const part of found[6] ? found[6].split("~") : []) {
    const exception = EXCEPTION.exec(part);
    if (!exception || exception[1] in choice.vendors) return null;
    choice.vendors[exception[1]] = exception[2] === "1";
  }
  return choice;
}

/**
 * Return the cookie value of `choice`, or null where it would be longer than 1 kB.
 *
 * @param {Choice} choice
 */
export function formatChoice(choice) {
  const states = OPTIONAL.map((group) => mark(choice.groups[group]) + choice.keys[group]);
  const exceptions = Object.keys(choice.vendors)
    .sort()
    .map((vendor) => vendor + ":" + mark(choice.vendors[vendor]));
  const regime = choice.regime + (choice.letters && "+" + choice.letters);
  const text = ["v1", choice.day, regime, choice.told, states.join(""), exceptions.join("~")].join(".");
  return text.length > MAX_LENGTH ? null : text;
}

/** @param {boolean | null} granted */
function mark(granted) {
  return granted === null ? "-" : +granted;
}
