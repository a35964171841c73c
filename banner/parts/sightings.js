/**
 * Report the names of cookies and storage items of a page, and the hosts that it requests: for some page views, where the owner
 * has switched it on, so that what no scan has found can be reviewed. No value, no address and no choice is sent.
 */
import { page, quiet } from "../page/safe_dom.js";
import { post } from "../choice/queue.js";
import { state } from "../state.js";

/** What comes later than this after the page has loaded is left for another page view to report. */
const WAIT_MS = 5000;
const MAX_NAMES = 30;
const MAX_NAME_LENGTH = 60;

/** Begin, for one page view in as many as the owner has said. */
export default function start() {
  if (Math.random() * (state._payload.sightings || 0) >= 1 || !state._payload.sightings) return;
  const later = () => setTimeout(quiet(sendSightings), WAIT_MS);
  if (page.readyState === "complete") later();
  else addEventListener("load", later);
}

async function sendSightings() {
  const names = {
    cookie: page.cookie.split(";").map((pair) => pair.split("=")[0].trim()),
    local_storage: keys("localStorage"),
    session_storage: keys("sessionStorage"),
  };
  /** @type {Record<string, string[]>} */
  const body = { host: sampleOf(performance.getEntriesByType("resource").map(({ name }) => host(name))) };
  for (const [kind, found] of Object.entries(names)) body[kind] = sampleOf(found.map(masked));
  await post("sightings", body, "omit");
}

/** @param {"localStorage" | "sessionStorage"} name */
function keys(name) {
  try {
    return Object.keys(window[name]);
  } catch {
    return []; // the browser keeps nothing for this page
  }
}

/** @param {string} address */
function host(address) {
  try {
    return new URL(address).hostname;
  } catch {
    return "";
  }
}

/**
 * Return `name` with `*` where it has a number or a code: that may be the visitor's own.
 *
 * @param {string} name
 */
function masked(name) {
  return name.replace(/\d{3,}|(?=[a-z]*\d)[a-z\d]{8,}/gi, "*");
}

/**
 * Return each one once, not more than fit, others each time: what is known already must not keep the rest from being told.
 *
 * @param {string[]} found
 */
function sampleOf(found) {
  const fit = [...new Set(found)].filter((name) => name && name.length <= MAX_NAME_LENGTH);
  return fit.sort(() => Math.random() - 0.5).slice(0, MAX_NAMES);
}
