/** Deliver queued choices to the service, and store what it answers. */
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

/** Send what waits, oldest first, and stop at the first sign that the service is unavailable. */
export async function deliver() {
  quiet(deleteWiderCookies)(); // also while an earlier choice is on its way
  if (isSending) return;
  isSending = true;
  state._mark?.();
  try {
    // Each once in a row: what the browser goes on to return though it was taken away would be sent without an end.
    for (let entry; (entry = dueEntries()[0]) && entry.key !== inFlight; ) await send(entry);
    clearQueueCookie();
  } catch {
    // The service is unavailable: tried again at the next page, when online, or when the page is looked at again.
  }
  isSending = false;
  inFlight = undefined;
}

/**
 * Send `entry`, and take it from the queue unless it may be taken later.
 *
 * @param {Entry} entry
 */
async function send(entry) {
  if (!isGrant(entry) && entry.method !== "gpc" && !(state._choice && hasGrant(state._choice))) rememberItem("receipt", null);
  inFlight = entry.key;
  const answer = await post("receipts", bodyOf(entry));
  // Whatever stands before the service may answer in its place, with a page and any status.
  const said = answer.status === 429 || answer.status >= 500 ? {} : await answer.json();
  if (!said.id && !said.error) throw 0; // caught below
  // A token may be past its end or used: what was chosen signed in waits for another one.
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
 * Return what is sent of `entry`: a token is never stored.
 *
 * @param {Entry} entry
 */
function bodyOf(entry) {
  return entry.scope ? { ...entry, subject: state._subject } : entry;
}

/** Delete the domain's consent cookies, of before the scope was narrowed to the host: a server would read both. */
function deleteWiderCookies() {
  const { visit, scope } = state._payload;
  const name = `consent_${visit.site}`;
  if (scope || readCookies().filter(([other]) => other === name).length < 2) return;
  deleteFromDomains(name);
}

/** Delete the cookie which says that a choice waits. */
function clearQueueCookie() {
  const mark = keyOf("queue");
  if (readCookies().some(([name]) => name === mark)) setCookie(mark + "=;Max-Age=0");
}

/** Send what earlier pages left, unless it is known that they left nothing. */
export function deliverQueued() {
  if (!state._isDelivered) void deliver();
}

/** Send what waits by beacon as the page unloads; it stays in the queue, since nobody will receive the answer. */
export function deliverByBeacon() {
  for (const entry of dueEntries()) {
    if (entry.key !== inFlight) navigator.sendBeacon(addressOfEndpoint("receipts"), JSON.stringify(bodyOf(entry), state._withAge));
  }
}

/** Record once, for this browser and config, that GPC was obeyed: without a click and without an id. */
export function recordGpc() {
  const { tags, groups } = state._decision;
  const mark = String(state._payload.visit.version);
  const isObeyed = [...tags, groups.advertising].some(({ reason }) => reason === "gpc");
  if (!isObeyed || readItem("gpc") === mark || !rememberItem("gpc", mark)) return;
  const fixed = { layer: 1, conflict_shown: false, keep_proof: false };
  enqueue({ action: "opt_out", method: "gpc", choices: { advertising: false }, vendors: {}, ...fixed });
  state._isDelivered = false;
}

/** Return what waits and is not too old, each once: one that could not be stored anew stands in store and memory. */
function dueEntries() {
  const oldest = Date.now() - MAX_AGE_MS;
  // What somebody else put there may be anything.
  const isSendable = (/** @type {Entry} */ entry) => typeof entry?.key === "string" && Date.parse(entry.chosen_at) > oldest && (!entry.scope || state._subject);
  const sendable = waitingEntries().filter(isSendable);
  return [...new Map(sendable.map((entry) => [entry.key, entry])).values()];
}

/** @param {Pick<Entry, "choices" | "vendors" | "keep_proof">} entry */
function isGrant({ choices, vendors, keep_proof }) {
  return keep_proof || Object.values({ ...choices, ...vendors }).includes(true);
}

/**
 * Store that the page of receipts leads to this one, where it is of a grant, as long as one stands, or where the visitor asked
 * for it. Its id names its holder for ever: this page alone knows it, and no script can read it later.
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
