/** What the browser itself says of its visitor: GPC, DNT, and the age band that the site names. */

const BANDS = ["under13", "13_15", "16_17", "adult"];

/**
 * Return the signals of the request's headers together with those that the page can see.
 *
 * @param {{signals: import("./types.js").Signals, resolved: {child: boolean}}} payload
 * @param {string | undefined} age the band that the page names; it may only narrow
 * @returns {import("./types.js").Signals}
 */
export function readSignals({ signals, resolved }, age = "") {
  const band = signals.age_band;
  const known = BANDS.includes(band) ? BANDS.indexOf(band) : resolved.child ? 0 : 3;
  return {
    gpc: signals.gpc || /** @type {any} */ (navigator).globalPrivacyControl === true,
    dnt: signals.dnt || navigator.doNotTrack === "1",
    age_band: BANDS.slice(0, known).includes(age) ? age : band,
  };
}
