/** Filter a visitor's signals by those that have an effect here. */
import { DNT, GPC } from "./groups.js";

/**
 * Return the signals, as bits, that are present and have an effect here.
 *
 * @param {import("../types.js").Resolved} resolved
 * @param {import("../types.js").Signals} signals
 */
export function actingSignals(resolved, signals) {
  const isActing = (/** @type {"gpc" | "dnt"} */ name) => /** @type {any} */ (signals[name] && resolved[name]);
  return (GPC * isActing("gpc")) | (DNT * isActing("dnt"));
}
