/** Show and replace the layer that the decision calls for. */
import { newFirstLayer } from "./first_layer.js";
import { own } from "../decision/groups.js";
import { nextTask, page, quiet } from "../page/safe_dom.js";
import { countEvent } from "../choice/queue.js";
import { state } from "../state.js";

/** What makes the layer for each value of `show`; the part `acts` brings the others. */
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
 * Show the layer of the decision, or remove it where there is none to show.
 *
 * @type {(isOther?: unknown) => Promise<void>} `isOther` tells whether it is another layer though the decision is the same
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
    await nextTask(); // the page is painted first without what stood there
  }
  if (make && !layer && wanted === shown) {
    layer = make();
    page.head?.after(layer); // before the body: docs/decisions/0011
    if (hadFocus) layer.shadowRoot?.querySelector("button")?.focus(); // else the next Tab would begin at the page's top
    if (layer.dataset.position && !isCounted) {
      isCounted = true;
      void nextTask().then(() => countEvent("shown"));
    }
  }
});

/**
 * Put the layer on the page again where something took it away: anew, since document.open() takes the listeners of all nodes.
 */
export function restoreLayer() {
  if (layer && !layer.isConnected && placed++ < 99) void paintLayer(true);
}
