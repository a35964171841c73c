/** The cookies that the page has. */
import { cookieText } from "./cookie_text.js";

/** Return the names and values of the cookies that this page can see. */
export function readCookies() {
  return cookieText()
    .split("; ")
    .map((pair) => {
      const [name, ...value] = pair.split("=");
      return [name, value.join("=")];
    });
}
