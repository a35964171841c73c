/** Which of the layers stands on the page now. */
import { newBack } from "./back.js";
import { newAsking, newNotice } from "./banner.js";
import { nextTask, page } from "./page.js";
import { post } from "./queue.js";
import { recall, remember } from "./store.js";
import { state } from "./state.js";

let shown = "";
let placed = 0;
let isCounted = false;
let isDismissed = false;
/** @type {HTMLElement | undefined} */
let layer;

/** Show what the decision says, and no more than it says. */
export function paint() {
  const { show, status } = state._decision;
  const isSeen = show === "notice" && (isDismissed || recall("notice") === state._payload.regime);
  const wanted = isSeen ? "none" : show;
  if (wanted + status === shown || !page.body) return;
  shown = wanted + status;
  const hadFocus = layer?.contains(page.activeElement);
  layer?.remove();
  layer = undefined;
  if (wanted === "none") return void showBack(shown, hadFocus);
  layer = wanted === "ask" ? newAsking() : newNotice(dismiss);
  place();
  count();
}

/**
 * Show the way back, once the page is painted without what stood there before.
 *
 * @param {string} wanted
 * @param {boolean | undefined} hadFocus
 */
async function showBack(wanted, hadFocus) {
  await nextTask();
  if (wanted !== shown || layer) return;
  layer = newBack();
  place();
  if (hadFocus) layer.shadowRoot?.querySelector("button")?.focus(); // else the next Tab would begin at the page's top
}

/** Put the layer on the page, again where a route change took the page's body away. */
export function place() {
  if (!shown) paint();
  else if (layer && !layer.isConnected && placed++ < 99) page.body.prepend(layer);
}

/** Remember the regime alone: no receipt, nothing unique. */
function dismiss() {
  isDismissed = true;
  remember("notice", state._payload.regime);
  paint();
}

/** Count a shown layer, without saying whose. */
function count() {
  const { config, token } = state._payload;
  if (!isCounted) post("events", { event: "shown", config, token }, "omit").catch(() => {});
  isCounted = true;
}
