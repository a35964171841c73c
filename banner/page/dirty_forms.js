/** Detect input that a reload would lose, and delay the reload until then. */
import { findAll, page } from "./safe_dom.js";

/** Reload the page; if a field was filled in, only when the page itself navigates to another address. */
export function reloadWithoutLoss() {
  if (!hasTypedText()) return location.reload();
  // A real navigation loads a new page anyway; a router's stays in the page, which knows what the visitor left.
  const { navigation } = /** @type {any} */ (window);
  navigation?.addEventListener("currententrychange", () => location.reload());
  if (!navigation) addEventListener("popstate", () => location.reload());
}

/** Return whether a field of the page differs from its initial state, or text is being edited in place. */
function hasTypedText() {
  if (/** @type {HTMLElement | null} */ (page.activeElement)?.isContentEditable) return true;
  return findAll(page.documentElement, "input,textarea,select").some((field) => isChanged(/** @type {any} */ (field)));
}

/** @param {HTMLInputElement & HTMLTextAreaElement & HTMLSelectElement} field */
function isChanged({ type, value, defaultValue, checked, defaultChecked, options, selectedIndex }) {
  if (type === "select-multiple") return [...options].some((option) => option.selected !== option.defaultSelected);
  if (type === "select-one") return selectedIndex !== Math.max(options.length ? 0 : -1, [...options].findIndex((option) => option.defaultSelected));
  if (type === "checkbox" || type === "radio") return checked !== defaultChecked;
  return type !== "hidden" && value !== defaultValue;
}
