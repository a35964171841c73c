/**
 * Match addresses with host patterns: `host`, `*.host` for its subdomains, or either with a prefix of path and query. The
 * twin of consent/core/host_patterns.py. A `?` at the end of a prefix matches the end of the path, with or without a query.
 */

/**
 * Return the rank of the most specific of `entries` that matches `url`, or 0: it rises with the length of path, then
 * name.
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
