/** The payload of the part `acts`: tag sources, vendors, and cookies to delete. */
import { state } from "./state.js";

/** Return the payload of `acts`, which is loaded with the part itself. */
export function acts() {
  return state._payload.acts;
}
