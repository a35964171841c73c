/** Show and replace the layer that the decision requires. */
import { newFirstLayer } from "./first_layer.js";
import { own } from "../decision/groups.js";
import { nextTask, page, quiet } from "../page/safe_dom.js";
import { countEvent } from "../choice/queue.js";
import { state } from "../state.js";

/** The function that builds the layer for each value of `show`; the part `acts` adds the others. */
/** @type {Partial<Record<"ask" | "notice" | "none", () => HTMLElement>>} */
export const makers = { ask: newFirstLayer };

let shown = "";
let placed = 0;
/** @type {boolean | undefined} */
let isCounted;
/** @type {boolean | undefined} */
let hadFocus;
/** @type {HTMLElement | undefined} */
export let layer;

/**
 * Show the decision's layer, or remove the current one if there is none to show.
 *
 * @type {(isOther?: unknown) => Promise<void>} `isOther` is whether the layer differs although the decision is the same
 */
export const paintLayer = quiet(async (isOther) => {
  const { show, status } = state._decision;
  const make = own(makers, show);
  const wanted = make ? show + status : "";
  if (wanted === shown && !isOther) return;
  shown = wanted;
  hadFocus ||= layer?.contains(page.activeElement);
  const before = layer;
  layer = undefined;
  if (before) {
    before.remove();
    await nextTask(); // first paint the page without the old layer
  }
  if (make && !layer && wanted === shown) {
    layer = make();
    page.head?.after(layer); // before the body: docs/decisions/0011
    if (hadFocus) layer.shadowRoot?.querySelector("button")?.focus(); // otherwise the next Tab would start at the top of the page
    if (layer.dataset.position && !isCounted) {
      isCounted = true;
      void nextTask().then(() => countEvent("shown"));
    }
  }
});

/**
 * Put the layer back on the page if something removed it: a new one, since document.open() removes all nodes'
 * listeners.
 */
export function restoreLayer() {
  if (layer && !layer.isConnected && placed++ < 99) void paintLayer(true);
}
