/**
 * Choices on their way to the service. Each waits in the browser until it is acknowledged, at most 30 days, and is written
 * once however often it is sent: its random key says so to the service. The key is kept nowhere else.
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
 */
import { recall, remember } from "./store.js";
import { state } from "./state.js";

const KEPT = 30 * 864e5;

/** @type {Entry[]} */
let unstored = [];
let isSending = false;
/** @type {string | undefined} */
let inFlight;

/**
 * Keep `entry` for `deliver`, or for `deliverLast` should the page go away before.
 *
 * @param {Omit<Entry, "key" | "chosen_at">} entry
 */
export function enqueue(entry) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const key = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  save([...waiting(), { key, chosen_at: new Date().toISOString(), ...entry }]);
  if (!isGrant(entry) && entry.method !== "gpc") remember("receipt", null);
}

/** Send what waits, oldest first, and stop at the first sign that the service is away. */
export async function deliver() {
  if (isSending) return;
  isSending = true;
  try {
    for (let entry; (entry = waiting()[0]); ) {
      inFlight = entry.key;
      const answer = await post("receipts", entry);
      if (answer.status === 429 || answer.status >= 500) break;
      save(waiting().filter(({ key }) => key !== inFlight));
      if (answer.ok) keepReceipt(entry, await answer.json());
    }
  } catch {
    // The network is away: tried again at the next page, when online, or when the page is looked at again.
  }
  isSending = false;
  inFlight = undefined;
}

/** Hand what waits to the browser as the page goes away; it stays in the queue, since nobody will hear the answer. */
export function deliverLast() {
  for (const entry of waiting()) {
    if (entry.key !== inFlight) navigator.sendBeacon(addressOf("receipts"), JSON.stringify(entry));
  }
}

/**
 * Post `body` to an endpoint of this site as plain text: that needs no preflight.
 *
 * @param {string} name
 * @param {object} body
 * @param {RequestCredentials} [credentials]
 */
export function post(name, body, credentials = "include") {
  // Without a prototype: a page may have put a `mode` or a `signal` on that of all objects.
  const options = { __proto__: null, method: "POST", keepalive: true, credentials, body: JSON.stringify(body) };
  return fetch(addressOf(name), options);
}

/** @param {string} name */
export function addressOf(name) {
  return `${state._base}/api/v1/sites/${state._payload.site}/${name}`;
}

/** @returns {Entry[]} */
function waiting() {
  let stored = [];
  try {
    stored = JSON.parse(recall("queue") || "[]");
  } catch {
    // Somebody else's text under our name.
  }
  const oldest = Date.now() - KEPT;
  const all = [...(Array.isArray(stored) ? stored : []), ...unstored];
  const byKey = new Map(all.map((entry) => [entry.key, entry])); // one that could not be stored anew stands in both
  return [...byKey.values()].filter((entry) => Date.parse(entry.chosen_at) > oldest);
}

/** @param {Entry[]} entries */
function save(entries) {
  unstored = remember("queue", entries.length ? JSON.stringify(entries) : null) ? [] : entries;
}

/** @param {Pick<Entry, "choices" | "vendors" | "keep_proof">} entry */
function isGrant({ choices, vendors, keep_proof }) {
  return keep_proof || Object.values({ ...choices, ...vendors }).includes(true);
}

/**
 * A receipt names its holder for ever, so it is kept only of a grant or where the visitor asked for it; of another this page
 * alone knows the id.
 *
 * @param {Entry} entry
 * @param {{id: string, receipt: string, linked: boolean}} answer
 */
function keepReceipt(entry, { id, receipt, linked }) {
  if (entry.method === "gpc") return;
  state._unlinked = linked ? "" : id;
  remember("receipt", isGrant(entry) ? JSON.stringify({ id, receipt, linked }) : null);
}
