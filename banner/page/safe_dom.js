/** Reach the DOM safely on pages that shadow, replace or break its functions. */

/**
 * The key of a property: on `window`, that the script has started; on our own nodes 1, or 0 if content in them still
 * has to be processed.
 */
export const CONSENT_KEY = Symbol.for("consent");

/**
 * The page's document, read through its prototype: an `<img name="cookie">` or `<form name="body">` of the page hides the
 * real property of `document` itself, but not the one on `Document.prototype`.
 */
export const page = /** @type {Document} */ (
  new Proxy(/** @type {object} */ ({}), {
    get(_, name) {
      const value = Reflect.get(Document.prototype, name, document);
      return typeof value === "function" ? value.bind(document) : value;
    },
  })
);

/**
 * Return `callback` wrapped so that none of its exceptions reach the page.
 *
 * @template {unknown[]} A
 * @param {(...args: A) => unknown} callback
 * @returns {(...args: A) => Promise<void>}
 */
export function quiet(callback) {
  return async (...args) => {
    try {
      await callback(...args);
    } catch {
      // What needs consent stays blocked; the page continues.
    }
  };
}

/**
 * Create an element; an attribute whose value is a function is an event listener.
 *
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {Record<string, string | boolean | null | undefined | ((event: Event) => unknown)>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[N]}
 */
export function element(name, attributes = {}, ...children) {
  const made = page.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, quiet(value));
    else if (value) made.setAttribute(key, /** @type {string} */ (value));
  }
  made.append(...children);
  return made;
}

/**
 * Return the full `address` if it is http or https, else an empty string: no `javascript:` from data.
 *
 * @param {string | null | undefined} address
 */
export function webAddress(address) {
  try {
    const { href } = new URL(address || "none:", page.baseURI);
    return /^https?:/.test(href) ? href : "";
  } catch {
    return "";
  }
}

/** Return a promise that resolves in a later task, after the next paint if there is one. */
export function nextTask() {
  return new Promise(
    quiet((resolve) => {
      setTimeout(resolve, 99);
      requestAnimationFrame(() => setTimeout(resolve));
    }),
  );
}

/**
 * Return those of `root` and its descendants that match.
 *
 * @param {Element | Document | ShadowRoot} root
 * @param {string} selector
 */
export function findAll(root, selector) {
  const found = /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);
  return /** @type {Element} */ (root).matches?.(selector) ? [/** @type {HTMLElement} */ (root), ...found] : found;
}
