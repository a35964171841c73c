/** Times when the browser has nothing else to do. */
import { nextTask, page } from "./page.js";

/** How many ms a page that never ends loading is waited for. */
const PATIENCE = 5000;

/** @param {() => void} callback */
export function whenIdle(callback) {
  if ("requestIdleCallback" in window) requestIdleCallback(callback, { timeout: 1000 });
  else void nextTask().then(callback); // WebKit
}

/** @type {Promise<void> | undefined} */
let takenUp;

/**
 * Return a promise of the time when a framework has taken up the page that its server sent: before that it draws the page
 * anew, with an error, where it finds more in it than was sent.
 *
 * @returns {Promise<void>}
 */
export function whenTakenUp() {
  takenUp ||= new Promise((/** @type {(value: void) => void} */ resolve) => {
    const settle = () => whenIdle(resolve);
    if (page.readyState === "complete") return settle();
    addEventListener("load", settle);
    setTimeout(resolve, PATIENCE);
  });
  return takenUp;
}
