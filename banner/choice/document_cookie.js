/** Read `document.cookie`, safely and fast. */
import { page } from "../page/safe_dom.js";

/** @type {string | undefined} */
let seen;

/** Return the cookies that this page can see, as one text. */
export function cookieText() {
  try {
    return seen ?? page.cookie;
  } catch {
    return ""; // a sandboxed page has none
  }
}

/**
 * Run `step` with the page's current cookies. When cookies are read, Chromium parses each function on the stack again,
 * so the browser's own getter is called with none of our functions on it.
 *
 * @param {() => unknown} step
 */
export async function withCookies(step) {
  seen = await Promise.resolve().then(Reflect.get.bind(0, Document.prototype, "cookie", document)).catch(cookieText);
  const done = step();
  seen = undefined;
  return done;
}
