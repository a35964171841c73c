/** Remove the hand-over code from the page's address, before anything else reads it. */

/** Where the stub leaves a code for the script. */
const KEPT = Symbol.for("consent.handover");
/** The code is the last `&` part of the fragment, before any text fragment. */
const CODE = /([#&])cho=(h1\.(?:(?!:~:)[^&])*)/;

/** Remove the code, if there is one, and store it. */
export function takeFromAddress() {
  const { href } = location;
  const [found, mark, code] = CODE.exec(href) || [];
  if (!found) return;
  const [before, after] = href.split(found);
  try {
    history.replaceState(history.state, "", before + (mark === "#" && after ? "#" : "") + after);
    /** @type {any} */ (window)[KEPT] = code;
  } catch {
    // A page without an address of its own, such as a sandboxed one, doesn't allow that.
  }
}

/** Return the code that the page was opened with, once. */
export function takeCode() {
  takeFromAddress();
  const code = /** @type {any} */ (window)[KEPT];
  delete (/** @type {any} */ (window)[KEPT]);
  return typeof code === "string" ? code : "";
}
