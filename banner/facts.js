/** The facts that the part `acts` works with. */
import { state } from "./state.js";

/** Return what came for it: tag sources, vendors, cookies to remove. */
export function acts() {
  return state._payload.acts;
}
