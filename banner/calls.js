/** Calls of a vendor's global functions, written as data: names and arguments, never code. */

/**
 * Make the calls, in order. Where the vendor's code is not there yet, a stub queues them in the way such code reads:
 * `window.<queue>` with `arguments` objects, else `<function>.q`, else (for `name.method`) the array `name` itself.
 *
 * @param {import("./types.js").Call[]} calls
 * @param {boolean} [onlyPresent] skip what the page does not have
 */
export function makeCalls(calls, onlyPresent) {
  for (const call of calls) {
    try {
      makeCall(call, !onlyPresent);
    } catch {
      // One vendor's failing code is no other vendor's matter.
    }
  }
}

/**
 * @param {import("./types.js").Call} call
 * @param {boolean} stub
 */
function makeCall(call, stub) {
  const [name, method] = call.call.split(".");
  const page = /** @type {any} */ (window);
  if (!isPresent(page[name])) {
    if (!stub) return;
    page[name] = method ? [] : queueing(page, call.queue);
  }
  const owner = method ? page[name] : page;
  const last = method || name;
  if (typeof owner[last] !== "function") {
    if (!stub || !Array.isArray(owner)) return;
    /** @type {any} */ (owner)[last] = (/** @type {unknown[]} */ ...args) => owner.push([last, ...args]);
  }
  owner[last](...call.args.map(fill));
}

/**
 * An element whose id is the name is no vendor's code.
 *
 * @param {unknown} value
 */
function isPresent(value) {
  return value && !(value instanceof Element || value instanceof HTMLCollection);
}

/**
 * @param {any} page
 * @param {string} [queue]
 */
function queueing(page, queue) {
  /** @type {any} */
  const stub = function () {
    if (stub.callMethod) stub.callMethod(...arguments);
    else (queue ? page[queue] : stub.q).push(arguments);
  };
  if (queue) page[queue] = Array.isArray(page[queue]) ? page[queue] : [];
  else stub.q = stub.queue = [];
  return stub;
}

/** @param {any} value */
function fill(value) {
  return value && value.$ === "now" ? new Date() : value;
}
