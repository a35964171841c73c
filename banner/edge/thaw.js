/**
 * Return a copy of what nginx has preloaded for all requests: what is preloaded cannot be changed, and its lists have no methods.
 *
 * @template T
 * @param {T} value
 * @returns {T}
 */
export function thaw(value) {
  return value === undefined ? value : JSON.parse(JSON.stringify(value));
}
