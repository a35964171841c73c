/** Sending what waits in the queue, and what is kept of the answer. */
import { hasGrant } from "./amended.js";
import { offerReceipt } from "./back.js";
import { setCookie } from "./cookies.js";
import { readCookies } from "./jar.js";
import { addressOf, enqueue, post, save, waiting } from "./queue.js";
import { keyOf, recall, remember } from "./store.js";
import { state } from "./state.js";

/** @typedef {import("./queue.js").Entry} Entry */

const KEPT = 30 * 864e5;

let isSending = false;
/** @type {string | undefined} */
let inFlight;

/** Send what waits, oldest first, and stop at the first sign that the service is away. */
export async function deliver() {
  if (isSending) return;
  isSending = true;
  try {
    // Each once in a row: what the browser goes on to return though it was taken away would be sent without an end.
    for (let entry; (entry = due()[0]) && entry.key !== inFlight; ) await send(entry);
    clearMark();
  } catch {
    // The service is away: tried again at the next page, when online, or when the page is looked at again.
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
  if (!isGrant(entry) && entry.method !== "gpc" && !(state._choice && hasGrant(state._choice))) remember("receipt", null);
  inFlight = entry.key;
  const answer = await post("receipts", entry);
  // Whatever stands before the service may answer in its place, with a page and any status.
  const said = answer.status === 429 || answer.status >= 500 ? {} : await answer.json();
  if (!said.id && !said.error) throw new Error("away");
  const left = due().filter(({ key }) => key !== inFlight);
  save(left);
  if (!left.length) clearMark();
  if (answer.ok) keepReceipt(entry, said);
}

/** Take away the cookie which says that a choice waits. */
function clearMark() {
  const mark = keyOf("queue");
  if (readCookies().some(([name]) => name === mark)) setCookie(mark + "=;Max-Age=0");
}

/** Send what earlier pages left, unless it is known that they left nothing. */
export function deliverEarlier() {
  if (!state._isDelivered) void deliver();
}

/** Hand what waits to the browser as the page goes away; it stays in the queue, since nobody will hear the answer. */
export function deliverLast() {
  for (const entry of due()) {
    if (entry.key !== inFlight) navigator.sendBeacon(addressOf("receipts"), JSON.stringify(entry));
  }
}

/** Write down once, for this browser and config, that the signal was obeyed: without a click and without an id. */
export function noteSignal() {
  const { tags, groups } = state._decision;
  const mark = String(state._payload.visit.version);
  const isObeyed = [...tags, groups.advertising].some(({ reason }) => reason === "gpc");
  if (!isObeyed || recall("gpc") === mark || !remember("gpc", mark)) return;
  const fixed = { layer: 1, conflict_shown: false, keep_proof: false };
  enqueue({ action: "opt_out", method: "gpc", choices: { advertising: false }, vendors: {}, ...fixed });
  state._isDelivered = false;
}

/** Return what waits and is not too old, each once: one that could not be stored anew stands in store and memory. */
function due() {
  const oldest = Date.now() - KEPT;
  // What somebody else put there may be anything.
  const sendable = waiting().filter((entry) => typeof entry?.key === "string" && Date.parse(entry.chosen_at) > oldest);
  return [...new Map(sendable.map((entry) => [entry.key, entry])).values()];
}

/** @param {Pick<Entry, "choices" | "vendors" | "keep_proof">} entry */
function isGrant({ choices, vendors, keep_proof }) {
  return keep_proof || Object.values({ ...choices, ...vendors }).includes(true);
}

/**
 * A receipt names its holder for ever, so it is kept only of a grant, as long as one stands, or where the visitor asked for
 * it; of another this page alone knows the id.
 *
 * @param {Entry} entry
 * @param {{id: string, receipt: string, linked: boolean}} answer
 */
function keepReceipt(entry, { id, receipt, linked }) {
  if (entry.method === "gpc") return;
  state._unlinked = linked ? "" : id;
  if (isGrant(entry)) remember("receipt", JSON.stringify({ id, receipt, linked }));
  offerReceipt();
}
