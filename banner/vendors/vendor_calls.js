/** Call a vendor's global functions, described as data: names and arguments, never code. */
import { own } from "../decision/groups.js";
import { state } from "../state.js";

/**
 * Return the calls with placeholders filled in: `{"$": "now"}` is the time as a Date and `{"$": "time"}` as a number,
 * `{"$": "country"}` the visitor's, `{"$": "nothing"}` a function that does nothing, `{"$": "list", "with": {…}}` an
 * empty array with these properties, and `{"$": "<group>", "granted": a, "refused": b}` one of the two.
 *
 * @param {any} value
 * @returns {any}
 */
export function fillArguments(value) {
  if (Array.isArray(value)) return value.map(fillArguments);
  if (!(value instanceof Object)) return value;
  const name = own(value, "$");
  if (!name) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fillArguments(part)]));
  if (name === "now") return new Date();
  if (name === "time") return Date.now();
  if (name === "nothing") return () => {};
  if (name === "list") return Object.assign([], fillArguments(value.with));
  const { granted } = own(state._decision.groups, name) || {};
  return name === "country" ? state._payload.visit.place.country || "" : own(value, granted ? "granted" : "refused");
}

/**
 * Make the calls, in order. If the vendor's code hasn't loaded, a stub queues them in the form that such code reads:
 * `window.<queue>` with `arguments` objects, as Google's needs, else `<function>.q` with arrays, as Pinterest's has,
 * else (for `name.method`) the array `name` itself.
 *
 * @param {import("../types.js").Call[]} calls
 * @param {boolean} [onlyPresent] skip what the page does not have
 */
export function makeCalls(calls, onlyPresent) {
  for (const call of calls) {
    try {
      makeCall(fillArguments(call), !onlyPresent);
    } catch {
      // One vendor's failing code must not affect other vendors.
    }
  }
}

/**
 * @param {import("../types.js").Call} call
 * @param {boolean} stub
 */
function makeCall(call, stub) {
  const path = call.call.split(".");
  const last = /** @type {string} */ (path.pop());
  const name = path[0] || last;
  const page = /** @type {any} */ (window);
  if (!isPresent(page[name])) {
    if (!stub || path[1]) return;
    page[name] = path[0] ? [] : newStub(page, call.queue);
  }
  let owner = page;
  for (const part of path) owner = owner[part];
  if (typeof owner[last] !== "function") {
    if (!stub || !Array.isArray(owner)) return;
    /** @type {any} */ (owner)[last] = (/** @type {unknown[]} */ ...args) => owner.push([last, ...args]);
  }
  owner[last](...call.args);
}

/**
 * Return whether `value` is a vendor's code and not an element, or several, with that id; the page may have replaced
 * `Element`.
 *
 * @param {any} value
 */
export function isPresent(value) {
  return value && !(value.nodeType > 0 || Object.prototype.toString.call(value) === "[object HTMLCollection]");
}

/**
 * @param {any} page
 * @param {string} [queue]
 */
function newStub(page, queue) {
  /** @type {any} */
  const stub = function () {
    if (stub.callMethod) stub.callMethod(...arguments);
    else if (queue) page[queue].push(arguments);
    else stub.q.push([...arguments]);
  };
  if (queue) page[queue] = Array.isArray(page[queue]) ? page[queue] : [];
  else stub.q = stub.queue = [];
  return stub;
}
