/** Read the visitor's signals that the browser sends, GPC and DNT, and the age or age band that the page states. */

const BANDS = ["under13", "13_15", "16_17", "adult"];

/**
 * Return the signals in the request's headers combined with those that the page can see.
 *
 * @param {{signals: import("../types.js").Signals, resolved: {child: boolean}}} payload
 * @param {string | undefined} age the band, or the age in whole years, that the page states; it can only narrow the band
 * @returns {import("../types.js").Signals}
 */
export function readSignals({ signals, resolved }, age = "") {
  const band = signals.age_band;
  const known = BANDS.includes(band) ? BANDS.indexOf(band) : resolved.child ? 0 : 3;
  const isExact = /^\d{1,2}$/.test(age);
  const named = isExact ? [13, 16, 18].filter((first) => +age >= first).length : BANDS.indexOf(age);
  const isNarrower = named >= 0 && named < known;
  return {
    gpc: signals.gpc || /** @type {any} */ (navigator).globalPrivacyControl === true,
    dnt: signals.dnt || navigator.doNotTrack === "1",
    age_band: isNarrower ? BANDS[named] : band,
    age: isNarrower ? (isExact ? +age : undefined) : signals.age,
  };
}
