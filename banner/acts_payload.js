/** The payload of the part `acts`: tag sources, vendors, and cookies to delete. */
import { state } from "./state.js";

/** Return that payload; the part comes with it. */
export function acts() {
  return state._payload.acts;
}
