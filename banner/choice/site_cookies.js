/** Read and write the site's own cookies by suffix, for parts that get new values for them from the service. */
import { readCookies } from "./read_cookies.js";
import { setCookie } from "./write_cookies.js";
import { state } from "../state.js";

/** @param {string} suffix */
export function readCookie(suffix) {
  const name = `consent_${state._payload.visit.site}${suffix}`;
  return readCookies().find(([other]) => other === name)?.[1];
}

/**
 * @param {string} suffix
 * @param {string} value
 */
export function writeCookie(suffix, value) {
  const { visit, scope: domain } = state._payload;
  const life = value ? ";Max-Age=34560000;SameSite=Lax" : ";Max-Age=0";
  setCookie(`consent_${visit.site}${suffix}=${value}${life}${domain ? ";Domain=" + domain : ""}`);
}
