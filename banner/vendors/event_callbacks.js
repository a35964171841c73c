/**
 * Call the callbacks of Google's code while it is blocked. With its snippets, a link may only continue there:
 * `event_callback` of `gtag()` (support.google.com/google-ads/answer/12216226), `eventCallback` of a tag manager,
 * `hitCallback` of `ga()`.
 */
import { findAll, page, quiet } from "../page/safe_dom.js";

const NAMES = ["event_callback", "eventCallback", "hitCallback"];
const CODE = "script[src*='googletagmanager.com/'],script[src*='google-analytics.com/']";
/** How long Google's code itself waits for a response before it calls back (`event_timeout`). */
const PATIENCE_MS = 2000;

/** @type {WeakSet<object>} */
const watched = new WeakSet();

/** Watch the queues of Google's snippets, which may come with new content of the page. */
export const answerCallbacks = quiet(() => {
  const { dataLayer, GoogleAnalyticsObject = "ga" } = /** @type {any} */ (window);
  for (const queue of [dataLayer, Reflect.get(window, GoogleAnalyticsObject)?.q]) {
    if (!Array.isArray(queue) || watched.has(queue)) continue;
    watched.add(queue);
    const { push } = queue;
    queue.forEach((entry, at) => (queue[at] = answered(entry)));
    queue.push = function (...entries) {
      return push.apply(this, entries.map(answered));
    };
  }
});

/**
 * Return `entry` with its callbacks wrapped so that each is called once, by us if Google's code doesn't.
 *
 * @param {any} entry an object, or the arguments of a call
 */
function answered(entry) {
  if (Reflect.has(window, "google_tag_manager") || !(entry instanceof Object)) return entry;
  if (Object.prototype.toString.call(entry) !== "[object Arguments]") return wrapped(entry);
  for (const key of Object.keys(entry)) entry[key] = wrapped(entry[key]); // the same object, since Google's code checks its type
  return entry;
}

/** @param {any} facts */
function wrapped(facts) {
  if (!(facts instanceof Object)) return facts;
  const name = NAMES.find((one) => typeof facts[one] === "function");
  if (!name) return facts;
  const callback = facts[name];
  let isCalled = false;
  /** @this {unknown} @param {unknown[]} values */
  function once(...values) {
    if (isCalled) return;
    isCalled = true;
    return callback.apply(this, values);
  }
  setTimeout(quiet(once), isComing() ? PATIENCE_MS : 0);
  return { ...facts, [name]: once };
}

/** Return whether Google's code is in the page and not blocked. */
function isComing() {
  return findAll(page, CODE).some((node) => /** @type {HTMLScriptElement} */ (node).type !== "text/plain");
}
