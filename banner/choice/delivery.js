/** Deliver queued choices to the service, and store its responses. */
import { hasGrant } from "../decision/amend_choice.js";
import { offerReceipt } from "../ui/preferences.js";
import { deleteFromDomains } from "./domain_cookies.js";
import { setCookie } from "./write_cookies.js";
import { readCookies } from "./read_cookies.js";
import { addressOfEndpoint, enqueue, post, saveQueue, waitingEntries } from "./queue.js";
import { keyOf, readItem, rememberItem } from "./local_store.js";
import { quiet } from "../page/safe_dom.js";
import { callLoadedParts } from "../parts.js";
import { state } from "../state.js";

/** @typedef {import("./queue.js").Entry} Entry */

const MAX_AGE_MS = 30 * 864e5;

let isSending = false;
/** @type {string | undefined} */
let inFlight;

/** Send queued choices, oldest first, and stop at the first sign that the service is unavailable. */
export async function deliver() {
  quiet(deleteWiderCookies)(); // even while an earlier choice is being sent
  if (isSending) return;
  isSending = true;
  state._mark?.();
  try {
    // Never send the same one twice in a row: if the browser keeps returning a removed entry, this would not end.
    for (let entry; (entry = dueEntries()[0]) && entry.key !== inFlight; ) await send(entry);
    clearQueueCookie();
  } catch {
    // The service is unavailable; retried on the next page, when online, or when the page becomes visible again.
  }
  isSending = false;
  inFlight = undefined;
}

/**
 * Send `entry`, and remove it from the queue unless it may be accepted later.
 *
 * @param {Entry} entry
 */
async function send(entry) {
  if (!isGrant(entry) && entry.method !== "gpc" && !(state._choice && hasGrant(state._choice))) rememberItem("receipt", null);
  inFlight = entry.key;
  const answer = await post("receipts", bodyOf(entry));
  // A proxy in front of the service may respond in its place, with any page and status.
  const said = answer.status === 429 || answer.status >= 500 ? {} : await answer.json();
  if (!said.id && !said.error) throw 0; // caught below
  // The token may have expired or been used: choices made while signed in wait for a new one.
  if (entry.scope && [401, 403, 408].includes(answer.status)) {
    if (await state._renew?.()) setTimeout(deliver);
    throw 0;
  }
  const left = dueEntries().filter(({ key }) => key !== inFlight);
  saveQueue(left);
  if (!left.length) clearQueueCookie();
  if (answer.ok) storeReceipt(entry, said);
  callLoadedParts("answer", said);
}

/**
 * Return the body to send for `entry`; tokens are never stored.
 *
 * @param {Entry} entry
 */
function bodyOf(entry) {
  return entry.scope ? { ...entry, subject: state._subject } : entry;
}

/** Delete the domain's consent cookies from before the scope was narrowed to the host: a server would read both. */
function deleteWiderCookies() {
  const { visit, scope } = state._payload;
  const name = `consent_${visit.site}`;
  if (scope || readCookies().filter(([other]) => other === name).length < 2) return;
  deleteFromDomains(name);
}

/** Delete the cookie that marks a waiting choice. */
function clearQueueCookie() {
  const mark = keyOf("queue");
  if (readCookies().some(([name]) => name === mark)) setCookie(mark + "=;Max-Age=0");
}

/** Send what earlier pages left in the queue, unless it is known to be empty. */
export function deliverQueued() {
  if (!state._isDelivered) void deliver();
}

/** Send queued choices by beacon while the page unloads; they stay queued, since nothing will receive the response. */
export function deliverByBeacon() {
  for (const entry of dueEntries()) {
    if (entry.key !== inFlight) navigator.sendBeacon(addressOfEndpoint("receipts"), JSON.stringify(bodyOf(entry), state._withAge));
  }
}

/** Record once per browser and config that GPC was honored, without a click and without an id. */
export function recordGpc() {
  const { tags, groups } = state._decision;
  const mark = String(state._payload.visit.version);
  const isObeyed = [...tags, groups.advertising].some(({ reason }) => reason === "gpc");
  if (!isObeyed || readItem("gpc") === mark || !rememberItem("gpc", mark)) return;
  const fixed = { layer: 1, conflict_shown: false, keep_proof: false };
  enqueue({ action: "opt_out", method: "gpc", choices: { advertising: false }, vendors: {}, ...fixed });
  state._isDelivered = false;
}

/**
 * Return the queued entries that aren't too old, each once: one that could not be rewritten is both stored and in
 * memory.
 */
function dueEntries() {
  const oldest = Date.now() - MAX_AGE_MS;
  // Other code may have stored anything there.
  const isSendable = (/** @type {Entry} */ entry) => typeof entry?.key === "string" && Date.parse(entry.chosen_at) > oldest && (!entry.scope || state._subject);
  const sendable = waitingEntries().filter(isSendable);
  return [...new Map(sendable.map((entry) => [entry.key, entry])).values()];
}

/** @param {Pick<Entry, "choices" | "vendors" | "keep_proof">} entry */
function isGrant({ choices, vendors, keep_proof }) {
  return keep_proof || Object.values({ ...choices, ...vendors }).includes(true);
}

/**
 * Store that the page of receipts links to this receipt if it contains a grant, as long as one is in effect, or if the
 * visitor asked for it. The id identifies its holder forever: only this page knows it, and no script can read it later.
 *
 * @param {Entry} entry
 * @param {{id: string, linked: boolean}} answer
 */
function storeReceipt(entry, { id, linked }) {
  if (entry.method === "gpc") return;
  state._unlinked = linked ? "" : id;
  if (isGrant(entry) && linked) rememberItem("receipt", "1");
  offerReceipt();
}
