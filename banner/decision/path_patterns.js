/** Match paths with globs of `*` only, so that no regular expression is ever built from data. */
import { firstOf } from "./safe_arrays.js";

/**
 * @param {string} pattern
 * @param {string} path
 */
function matches(pattern, path) {
  const star = pattern.indexOf("*");
  if (star < 0) return path === pattern;
  if (!path.startsWith(pattern.slice(0, star))) return false; // nearly always, so nothing else is done first
  const [head, ...rest] = pattern.split("*");
  const last = /** @type {string} */ (rest.pop());
  let position = head.length;
  for (const part of rest) {
    const found = path.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return path.length - position >= last.length && path.endsWith(last);
}

/**
 * Return whether `path` matches at least one of `patterns`.
 *
 * @param {string[]} patterns
 * @param {string} path
 */
export function anyMatches(patterns, path) {
  return firstOf(patterns, (pattern) => matches(pattern, path)) !== undefined;
}
