/** Name the optional groups in their order, and the bits of signals. The twin of consent/core/groups.py. */

/** @type {import("../types.js").Group[]} */
export const OPTIONAL = ["functional", "analytics", "advertising"];
export const GPC = 1;
export const DNT = 2;
/** The greatest length of a consent cookie. It stands here since the build writes it out where it is used. */
export const MAX_LENGTH = 1024;

/**
 * Read only what an object itself holds: a page may have put anything on Object.prototype.
 *
 * @template T
 * @param {Record<string, T> | null | undefined} object
 * @param {string} name
 * @returns {T | undefined}
 */
export function own(object, name) {
  return object && Object.hasOwn(object, name) ? object[name] : undefined;
}
