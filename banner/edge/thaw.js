/**
 * Return a copy of an object that nginx preloaded for all requests: preloaded objects are frozen, and their lists have
 * no methods.
 *
 * @template T
 * @param {T} value
 * @returns {T}
 */
export function thaw(value) {
  return value === undefined ? value : JSON.parse(JSON.stringify(value));
}
