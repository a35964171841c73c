/** The cookies that the page has. */
import { page } from "./page.js";

/** Return the names and values of the cookies that this page can see. */
export function readCookies() {
  try {
    return page.cookie.split("; ").map((pair) => {
      const [name, ...value] = pair.split("=");
      return [name, value.join("=")];
    });
  } catch {
    return []; // a sandboxed page has none
  }
}
