/** Add library functions that nginx's njs (0.8) lacks and the script's sources use. The build translates the syntax. */

/** @param {any} target @param {string} name @param {Function} value */
function fill(target, name, value) {
  if (!target[name]) Object.defineProperty(target, name, { value });
}

fill(Object, "hasOwn", (/** @type {object} */ object, /** @type {string} */ name) => Object.prototype.hasOwnProperty.call(object, name));
fill(Object, "fromEntries", function (/** @type {[string, unknown][]} */ pairs) {
  /** @type {Record<string, unknown>} */
  const found = {};
  pairs.forEach((pair) => (found[pair[0]] = pair[1]));
  return found;
});
fill(Array.prototype, "flat", /** @this {unknown[]} */ function () {
  return Array.prototype.concat.apply([], /** @type {any} */ (this));
});
fill(Array.prototype, "flatMap", /** @this {unknown[]} @param {(one: unknown) => unknown} change */ function (change) {
  return Array.prototype.concat.apply([], /** @type {any} */ (this.map(change)));
});

/** A map with strings as keys. */
function TextMap() {
  /** @type {Record<string, unknown>} */
  const values = Object.create(null);
  return { get: (/** @type {string} */ key) => values[key], set: (/** @type {string} */ key, /** @type {unknown} */ value) => (values[key] = value) };
}
/** The script's state has a set that nothing here reads. */
function NoSet() {}

fill(globalThis, "Map", TextMap);
fill(globalThis, "Set", NoSet);
