/** Delete the cookies and storage items that the config lists for refused groups and vendors. */
import { isAnyRefused, isRefused } from "../decision/vendor_answers.js";
import { withCookies } from "../choice/document_cookie.js";
import { setCookie } from "../choice/write_cookies.js";
import { readCookies } from "../choice/read_cookies.js";
import { acts } from "../acts_payload.js";
import { firstOf } from "../decision/safe_arrays.js";
import { quiet } from "../page/safe_dom.js";
import { anyMatches } from "../decision/path_patterns.js";

/**
 * Delete what the config lists for the groups and vendors refused here, and nothing else, before the page or a tag runs
 * again.
 */
export function deleteRefused() {
  if (isAnyRefused() && acts().cookies.some(isOwnerRefused)) void withCookies(quiet(deleteNamed));
}

function deleteNamed() {
  // A name may occur many times, from several domains and paths; each name is handled once, for all of them.
  for (const [name] of new Map(/** @type {[string, string][]} */ (readCookies()))) for (const owner of refusedOwners("cookie", name)) deleteCookie(name, owner.domain);
  for (const kind of ["local", "session"]) {
    // The first access to the browser's storage is slow.
    if (!acts().cookies.some((named) => named.kind === kind && isOwnerRefused(named))) continue;
    try {
      const items = kind === "local" ? localStorage : sessionStorage;
      for (const name of Object.keys(items)) if (refusedOwners(kind, name).length) items.removeItem(name);
    } catch {
      // The browser has no storage for this page.
    }
  }
}

/**
 * Return the entries that match a name, if all of their vendors and groups are refused.
 *
 * @param {string} kind
 * @param {string} name
 */
function refusedOwners(kind, name) {
  const owners = acts().cookies.filter(
    (entry) => entry.kind === kind && (entry.pattern ? anyMatches([entry.name], name) : entry.name === name),
  );
  return firstOf(owners, (owner) => !isOwnerRefused(owner)) ? [] : owners;
}

/** @param {import("../types.js").NamedCookie} owner */
function isOwnerRefused({ group, vendor }) {
  return isRefused(group, vendor);
}

/**
 * Delete a cookie from every domain and path that it may have been set for: these are part of its identity, and pages
 * can't read them.
 *
 * @param {string} name
 * @param {string | null} named
 */
function deleteCookie(name, named) {
  const domains = new Set(["", named || ""]);
  for (let host = location.hostname; host; host = host.split(".").slice(1).join(".")) domains.add(host);
  const paths = ["/"];
  for (let path = location.pathname; path; path = path.slice(0, path.lastIndexOf("/"))) paths.push(path, path + "/");
  // A partitioned cookie is separate from the plain one of the same name (CHIPS).
  for (const kind of ["", ";Secure;Partitioned"]) {
    for (const path of paths) {
      for (const domain of domains) setCookie(`${name}=;Max-Age=0${domain && ";Domain=" + domain}${kind}`, path);
    }
    if (!readCookies().some(([left]) => left === name)) return;
  }
}
