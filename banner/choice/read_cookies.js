/** Split the page's cookies into names and values. */
import { cookieText } from "./document_cookie.js";

/** Return the names and values of the cookies that this page can see. */
export function readCookies() {
  return cookieText()
    .split("; ")
    .map((pair) => {
      const [name, ...value] = pair.split("=");
      return [name, value.join("=")];
    });
}
