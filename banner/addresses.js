/** Entries of hosts: `host`, `*.host` for the names below it, or either with a beginning of path and query. The twin of consent/core/addresses.py. */

/**
 * Return how closely the closest of `entries` fits `url`, or 0: the longer its path and its name, the closer.
 *
 * @param {string[]} entries
 * @param {URL} url
 */
export function fits(entries, { hostname, pathname, search }) {
  let best = 0;
  for (const entry of entries) {
    const slash = (entry + "/").indexOf("/");
    const name = entry.slice(0, slash);
    const path = entry.slice(slash);
    const isThere = name === hostname || (name.startsWith("*.") && hostname.endsWith(name.slice(1)));
    if (isThere && (pathname + search).startsWith(path)) best = Math.max(best, path.length * 2000 + (name === hostname ? 1000 : 0) + name.length);
  }
  return best;
}
