/**
 * Match addresses with host patterns: `host`, `*.host` for the names below it, or either with a prefix of path and query. The
 * twin of consent/core/host_patterns.py. A `?` that ends a prefix is the end of a path too, with a query or without one.
 */

/**
 * Return the rank of the most specific of `entries` that matches `url`, or 0: the longer its path, then its name, the higher.
 *
 * @param {string[]} entries
 * @param {URL} url
 */
export function matchRank(entries, { hostname, pathname, search }) {
  let best = 0;
  for (const entry of entries) {
    const slash = (entry + "/").indexOf("/");
    const name = entry.slice(0, slash);
    const path = entry.slice(slash);
    const isThere = name === hostname || (name.startsWith("*.") && hostname.endsWith(name.slice(1)));
    if (isThere && (pathname + search + "?").startsWith(path)) best = Math.max(best, path.length * 2000 + (name === hostname ? 1000 : 0) + name.length);
  }
  return best;
}
