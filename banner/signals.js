/** Which of a visitor's signals act. */
import { DNT, GPC } from "./groups.js";

/**
 * Return the signals, as bits, that are present and act here.
 *
 * @param {import("./types.js").Resolved} resolved
 * @param {import("./types.js").Signals} signals
 */
export function actingSignals(resolved, signals) {
  return (GPC * +(signals.gpc && resolved.gpc)) | (DNT * +(signals.dnt && resolved.dnt));
}
