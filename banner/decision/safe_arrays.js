/** Search arrays by index: a page may have replaced array methods, and no decision may depend on them. */

/**
 * Return the first element of `list` for which `isWanted` is true.
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
 * Return whether `wanted` is in `list`.
 *
 * @template T
 * @param {readonly T[]} list
 * @param {T} wanted
 */
export function has(list, wanted) {
  return firstOf(list, (one) => one === wanted) !== undefined;
}
