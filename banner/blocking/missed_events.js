/** Replay page events that a delayed script missed and would otherwise wait for forever. */
import { page, quiet } from "../page/safe_dom.js";

/** @type {Set<HTMLScriptElement>} */
const running = new Set();

/**
 * Call the listeners that `script` adds for `DOMContentLoaded` and `load` while it runs, if these events are over,
 * until `done`.
 *
 * @param {HTMLScriptElement} script
 * @param {Promise<unknown>} done
 */
export function replayMissedEvents(script, done) {
  if (page.readyState === "loading") return;
  const { onload } = window;
  if (!running.size) for (const target of [document, window]) listen(target);
  running.add(script);
  void done.then(() => {
    running.delete(script);
    if (!running.size) for (const target of [document, window]) Reflect.deleteProperty(target, "addEventListener");
    if (window.onload !== onload && page.readyState === "complete") call(window, "load", window.onload);
  });
}

/** @param {Document | Window} target */
function listen(target) {
  const { addEventListener } = target;
  /** @type {any} */ (target).addEventListener = (/** @type {string} */ type, /** @type {any} */ listener, /** @type {any[]} */ ...more) => {
    const isOver = type === "DOMContentLoaded" ? page.readyState !== "loading" : type === "load" && target === window && page.readyState === "complete";
    if (isOver && running.has(/** @type {any} */ (page.currentScript))) return call(target, type, listener);
    return addEventListener.call(target, type, listener, ...more);
  };
}

/**
 * @param {Document | Window} target
 * @param {string} type
 * @param {any} listener
 */
function call(target, type, listener) {
  if (!listener) return;
  const event = new Event(type);
  setTimeout(quiet(() => (typeof listener === "function" ? listener.call(target, event) : listener.handleEvent(event))));
}
