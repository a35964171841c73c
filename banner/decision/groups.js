/** The optional groups in order, and the bits of signals. The twin of consent/core/groups.py. */

/** @type {import("../types.js").Group[]} */
export const OPTIONAL = ["functional", "analytics", "advertising"];
export const GPC = 1;
export const DNT = 2;
/** Maximum length of a consent cookie. It is here so that the build inlines it. */
export const MAX_LENGTH = 1024;

/**
 * Return only an object's own property: a page may have added anything to Object.prototype.
 *
 * @template T
 * @param {Record<string, T> | null | undefined} object
 * @param {string} name
 * @returns {T | undefined}
 */
export function own(object, name) {
  return object && Object.hasOwn(object, name) ? object[name] : undefined;
}
