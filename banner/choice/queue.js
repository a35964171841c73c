/**
 * Queue choices for the service. Each stays in the browser until it is acknowledged, for at most 30 days. Its random
 * key, stored nowhere else, makes sending idempotent: it is recorded once however often it is sent.
 *
 * While a choice is queued, the cookie `consent_<site>_queue` is set. If the cookies contain a choice but not this one,
 * a page need not look into the storage, whose first access is slow.
 *
 * @typedef {object} Entry The body of `POST receipts`.
 * @property {string} key
 * @property {string} chosen_at
 * @property {string} config
 * @property {string} token
 * @property {string} action
 * @property {string} method
 * @property {Record<string, boolean>} choices
 * @property {Record<string, boolean>} vendors
 * @property {number} layer
 * @property {boolean} conflict_shown
 * @property {string} age_band
 * @property {boolean} keep_proof
 * @property {Record<string, string>} [tcf] of the part `tcf`: the choice under the framework
 * @property {"account" | "device"} [scope] of a signed-in visitor
 * @property {number} [seen] the version of the account that was on screen
 * @property {boolean} [confirmed]
 * @property {object} [source] of a choice made with another tool
 * @property {"webview"} [channel] of a page in an app that asked
 */
import { setCookie } from "./write_cookies.js";
import { keyOf, readItem, rememberItem } from "./local_store.js";
import { state } from "../state.js";

/** @type {Entry[]} */
let unstored = [];

/**
 * Queue an entry with these facts and the common ones, for `deliver` and `deliverByBeacon`.
 *
 * @param {Omit<Entry, "key" | "chosen_at" | "config" | "token" | "age_band">} facts
 */
export function enqueue(facts) {
  const { visit, token } = state._payload;
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  const key = bytes.map((byte) => (byte + 256).toString(16).slice(1)).join("");
  saveQueue([...waitingEntries(), { key, chosen_at: new Date().toISOString(), config: visit.config, token, age_band: state._signals.age_band, ...facts }]);
  setCookie(keyOf("queue") + "=1;Max-Age=34560000;SameSite=Lax");
  countEvent("chosen");
}

/**
 * Count an event anonymously, so that the number of choices is known whatever happens to their receipts.
 *
 * @param {"shown" | "chosen" | "opened" | "unreadable" | "old_tool"} event
 */
export function countEvent(event) {
  const { visit, token } = state._payload;
  post("events", { event, config: visit.config, token }, "omit").catch(() => {});
}

/** @returns {Entry[]} */
export function waitingEntries() {
  try {
    return Object.values(JSON.parse(/** @type {string} */ (readItem("queue"))) || {}).concat(unstored);
  } catch {
    return unstored; // other code has stored something under our name
  }
}

/**
 * Store `entries` as an object: Prototype.js up to 1.6 makes JSON encode an array as a string.
 *
 * @param {Entry[]} entries
 */
export function saveQueue(entries) {
  unstored = rememberItem("queue", entries.length ? JSON.stringify({ ...entries }) : null) ? [] : entries;
}

/**
 * Post `body` to an endpoint of this site as plain text, which needs no preflight. A page's own `fetch` may throw.
 *
 * @param {string} name
 * @param {object} body
 * @param {RequestCredentials} [credentials]
 */
export async function post(name, body, credentials = "include") {
  // Without a prototype: a page may have added `mode` or `signal` to Object.prototype.
  const options = { __proto__: null, method: "POST", body: JSON.stringify(body, state._withAge), keepalive: true, credentials };
  return fetch(addressOfEndpoint(name), options);
}

/** @param {string} name */
export function addressOfEndpoint(name) {
  return `${state._base}/api/v1/sites/${state._payload.visit.site}/${name}`;
}
