/** Lists gone through by their places: what decides asks none of an array's own methods, which a page may have made answer otherwise. */

/**
 * Return the first of `list` that is wanted.
 *
 * @template T
 * @param {readonly T[]} list
 * @param {(one: T) => unknown} isWanted
 * @returns {T | undefined}
 */
export function firstOf(list, isWanted) {
  for (let i = 0; i < list.length; i++) if (isWanted(list[i])) return list[i];
  return undefined;
}

/**
 * Tell whether `wanted` is in `list`.
 *
 * @template T
 * @param {readonly T[]} list
 * @param {T} wanted
 */
export function has(list, wanted) {
  return firstOf(list, (one) => one === wanted) !== undefined;
}
