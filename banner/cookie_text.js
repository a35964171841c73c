/** The text of the cookies that the page has. */
import { page } from "./page.js";

/** @type {string | undefined} */
let seen;

/** Return the cookies that this page can see, as the browser tells them. */
export function cookieText() {
  try {
    return seen ?? page.cookie;
  } catch {
    return ""; // a sandboxed page has none
  }
}

/**
 * Run `step`, to which the cookies are those that the page has now: where one is read, Chromium parses each function on the
 * stack again, and here nothing else of ours is there.
 *
 * @param {() => unknown} step
 */
export async function withCookies(step) {
  await 0;
  seen = cookieText();
  const done = step();
  seen = undefined;
  return done;
}
