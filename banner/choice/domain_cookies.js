/** Delete cookies of the page's host and its parent domains, which pages can't distinguish from host-only ones. */
import { setCookie } from "./write_cookies.js";

/** @param {string} name */
export function deleteFromDomains(name) {
  for (let host = location.hostname; host; host = host.split(".").slice(1).join(".")) setCookie(`${name}=;Max-Age=0;Domain=${host}`);
}
