/**
 * Queue choices for the service. Each waits in the browser until it is acknowledged, at most 30 days, and is recorded once
 * however often it is sent: its random key makes that idempotent. The key is stored nowhere else.
 *
 * As long as one waits, a cookie says so, `consent_<site>_queue`: a page whose cookies know the choice and not this one has
 * nothing to look for in the storage, which is slow the first time.
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
 * @property {Record<string, string>} [tcf] of the part `tcf`: the choice by the framework
 * @property {"account" | "device"} [scope] of who was signed in
 * @property {number} [seen] the version of the account that was on screen
 * @property {boolean} [confirmed]
 * @property {object} [source] of a choice that was made with another tool
 * @property {"webview"} [channel] of a page in an app that has asked
 */
import { setCookie } from "./write_cookies.js";
import { keyOf, readItem, rememberItem } from "./local_store.js";
import { state } from "../state.js";

/** @type {Entry[]} */
let unstored = [];

/**
 * Queue an entry with these facts, and what every entry has, for `deliver` and `deliverByBeacon`.
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
 * Count an event anonymously: that choices were made is known then, whatever becomes of their receipts.
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
    return unstored; // somebody else's text under our name
  }
}

/**
 * Store `entries` as an object: Prototype.js up to 1.6 has JSON write an array as one string.
 *
 * @param {Entry[]} entries
 */
export function saveQueue(entries) {
  unstored = rememberItem("queue", entries.length ? JSON.stringify({ ...entries }) : null) ? [] : entries;
}

/**
 * Post `body` to an endpoint of this site as plain text: that needs no preflight. A page's own `fetch` may throw at once.
 *
 * @param {string} name
 * @param {object} body
 * @param {RequestCredentials} [credentials]
 */
export async function post(name, body, credentials = "include") {
  // Without a prototype: a page may have put a `mode` or a `signal` on that of all objects.
  const options = { __proto__: null, method: "POST", body: JSON.stringify(body, state._withAge), keepalive: true, credentials };
  return fetch(addressOfEndpoint(name), options);
}

/** @param {string} name */
export function addressOfEndpoint(name) {
  return `${state._base}/api/v1/sites/${state._payload.visit.site}/${name}`;
}
