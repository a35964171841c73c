/** Wait until the browser is idle, or the page is hydrated. */
import { nextTask, page } from "./safe_dom.js";

/** How long to wait for a page that never finishes loading. */
const LOAD_TIMEOUT_MS = 5000;

/** @param {() => void} callback */
export function whenIdle(callback) {
  if ("requestIdleCallback" in window) requestIdleCallback(callback, { timeout: 1000 });
  else void nextTask().then(callback); // WebKit
}

/** @type {Promise<void> | undefined} */
let hydrated;

/**
 * Return a promise that resolves once a framework has hydrated the server-rendered page: before that, additional nodes
 * would make it report an error and render the page again.
 *
 * @returns {Promise<void>}
 */
export function whenHydrated() {
  hydrated ||= new Promise((/** @type {(value: void) => void} */ resolve) => {
    const settle = () => whenIdle(resolve);
    if (page.readyState === "complete") return settle();
    addEventListener("load", settle);
    setTimeout(resolve, LOAD_TIMEOUT_MS);
  });
  return hydrated;
}
