/** The choice that the page's cookies hold. */
import { MAX_LENGTH, newChoice } from "./choice.js";
import { OPTIONAL } from "./groups.js";
import { readCookies } from "./jar.js";

/** @typedef {import("./choice.js").Choice} Choice */

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
 * Return the choice for `site`, the newest where host and parent domain both hold one.
 *
 * @param {string} site
 */
export function readChoice(site) {
  /** @type {import("./choice.js").Choice | null} */
  let newest = null;
  for (const [name, value] of readCookies()) {
    const choice = name === "consent_" + site ? parseChoice(value) : null;
    if (choice && !(newest && newest.day > choice.day)) newest = choice;
  }
  return newest;
}
