/** Read the signals that the browser sends for its visitor, GPC and DNT, and the age or age band that the page names. */

const BANDS = ["under13", "13_15", "16_17", "adult"];

/**
 * Return the signals of the request's headers together with those that the page can see.
 *
 * @param {{signals: import("../types.js").Signals, resolved: {child: boolean}}} payload
 * @param {string | undefined} age the band, or the age in whole years, that the page names; it may only narrow
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
