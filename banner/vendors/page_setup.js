/**
 * Define in the page what a vendor's snippet would before its code loads, described as data: values, and stubs that
 * queue calls.
 */
import { fillArguments, isPresent } from "./vendor_calls.js";

/**
 * Set the globals that the page doesn't have, in order.
 *
 * @param {import("../types.js").PageGlobal[] | undefined} globals
 */
export function setUp(globals) {
  for (const one of globals || []) {
    const path = one.name.split(".");
    const last = /** @type {string} */ (path.pop());
    /** @type {any} */
    let owner = window;
    for (const part of path) owner = owner[part] = isPresent(owner[part]) ? owner[part] : {};
    if (!isPresent(owner[last])) owner[last] = one.stub ? newStub(one) : fillArguments(one.value);
  }
}

/**
 * Return a stub in the form that the vendor's code reads, described under `stub` in consent/data/vendor.schema.json.
 *
 * @param {import("../types.js").PageGlobal} one
 */
function newStub({ stub, queue = "q", handler = "", entries, prefix, methods = [], properties }) {
  /** @type {any} */
  const made =
    stub === "array"
      ? []
      : stub === "object"
        ? { [queue]: [] }
        : stub === "events"
          ? (/** @type {unknown} */ first, /** @type {unknown[]} */ ...parameters) => push(window, queue, { event: prefix + ":" + first, parameters })
          : function () {
              if (made[handler]) made[handler](...arguments);
              else push(made, queue, entries ? arguments : [...arguments]);
            };
  if (stub === "function") made[queue] = [];
  for (const name of methods) {
    made[name] = (/** @type {unknown[]} */ ...args) => void (stub === "object" ? push(made, queue, { name, args }) : made.push([name, ...args]));
  }
  return Object.assign(made, fillArguments(properties || {}));
}

/**
 * @param {any} owner
 * @param {string} queue
 * @param {unknown} entry
 */
function push(owner, queue, entry) {
  (owner[queue] = owner[queue] || []).push(entry);
}

/**
 * Create the object through which a vendor's code is used, of its class; it gets the queued calls.
 *
 * @param {import("../types.js").Construct | undefined} given
 */
export function construct(given) {
  const page = /** @type {any} */ (window);
  if (!given || typeof page[given.class] !== "function") return;
  const options = { ...fillArguments(given.options), [given.queue]: page[given.name] };
  page[given.name] = new page[given.class](options);
}
