/**
 * Report the names of a page's cookies and storage items, and the hosts that it requests, for some page views, if the
 * owner has switched it on, so that what no scan has found can be reviewed. Also report, for counts, whether the page
 * contacted a vendor that may not run, with the kind of answer that the visitor gave. No value, address or id is sent.
 */
import { matchRank } from "../decision/host_patterns.js";
import { page, quiet } from "../page/safe_dom.js";
import { post } from "../choice/queue.js";
import { state } from "../state.js";

/** What appears later than this after the page has loaded is left to other page views. */
const WAIT_MS = 5000;
const MAX_NAMES = 30;
const MAX_NAME_LENGTH = 60;

/** Begin, for one in as many page views as the owner has set. */
export default function start() {
  if (Math.random() * (state._payload.sightings || 0) >= 1 || !state._payload.sightings) return;
  const later = () => {
    const before = `${held()}`;
    setTimeout(quiet(() => sendSightings(before)), WAIT_MS);
  };
  if (page.readyState === "complete") later();
  else addEventListener("load", later);
}

/** @param {string} before the vendors that were blocked when the page had loaded */
async function sendSightings(before) {
  const names = {
    cookie: page.cookie.split(";").map((pair) => pair.split("=")[0].trim()),
    local_storage: keys("localStorage"),
    session_storage: keys("sessionStorage"),
  };
  /** @type {Record<string, string | string[]>} */
  const body = { host: sampleOf(performance.getEntriesByType("resource").map(({ name }) => host(name))) };
  for (const [kind, found] of Object.entries(names)) body[kind] = sampleOf(found.map(masked));
  // A visitor who clicked may have loaded something on purpose, or chosen between two requests.
  if (navigator.userActivation?.hasBeenActive === false && before === `${held()}`) Object.assign(body, whatWasAsked());
  await post("sightings", body, "omit");
}

/** Return the vendors none of whose tags may run, not even limited. */
function held() {
  const { tags } = state._decision;
  return Object.keys(state._payload.watch || {}).filter((id) => tags.every(({ vendor, mode }) => vendor !== id || mode === "held"));
}

/** Return the kind of answer that the visitor gave, and the blocked vendors that the page contacted all the same. */
function whatWasAsked() {
  const ids = held();
  /** @type {Record<string, Set<string>>} */
  const asked = { asked: new Set(), asked_own: new Set() };
  for (const { name } of performance.getEntriesByType("resource")) {
    const id = vendorOf(name);
    if (id && ids.includes(id)) asked[host(name) === location.hostname ? "asked_own" : "asked"].add(id);
  }
  const found = { asked: [...asked.asked].slice(0, MAX_NAMES), asked_own: [...asked.asked_own].slice(0, MAX_NAMES) };
  const isAny = asked.asked.size || asked.asked_own.size;
  return { state: answer(), ...found, ...(isAny && { page: masked(location.pathname).slice(0, MAX_NAME_LENGTH) }) };
}

/** @param {string} address */
function vendorOf(address) {
  let best = 0;
  let found = "";
  for (const [id, hosts] of Object.entries(state._payload.watch || {})) {
    const rank = matchRank(hosts, new URL(address));
    if (rank > best) [found, best] = [id, rank];
  }
  return found;
}

function answer() {
  const { _choice, _decision } = state;
  if (_decision.tags.some(({ reason }) => reason === "gpc" || reason === "dnt")) return "signal";
  if (!_choice) return "not_asked";
  const given = [...Object.values(_choice.groups), ...Object.values(_choice.vendors)];
  return given.includes(false) ? "refused" : "granted";
}

/** @param {"localStorage" | "sessionStorage"} name */
function keys(name) {
  try {
    return Object.keys(window[name]);
  } catch {
    return []; // the browser has no storage for this page
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
 * Return `name` with `*` in place of numbers and codes, which may be specific to the visitor.
 *
 * @param {string} name
 */
function masked(name) {
  return name.replace(/\d{3,}|(?=[a-z]*\d)[a-z\d]{8,}/gi, "*");
}

/**
 * Return a random sample of the distinct names, so that what is already known doesn't keep the rest from being
 * reported.
 *
 * @param {string[]} found
 */
function sampleOf(found) {
  const fit = [...new Set(found)].filter((name) => name && name.length <= MAX_NAME_LENGTH);
  return fit.sort(() => Math.random() - 0.5).slice(0, MAX_NAMES);
}
