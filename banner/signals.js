/** What the browser says of its visitor: GPC, DNT, and the age band that the site names. */

const BANDS = ["under13", "13_15", "16_17", "adult"];

/**
 * Return the signals of the request's headers together with those that the page can see.
 *
 * @param {import("./types.js").Signals} headers
 * @param {boolean} child whether the site addresses children
 * @param {string | null | undefined} age the band that the page names; it may only narrow
 * @returns {import("./types.js").Signals}
 */
export function readSignals(headers, child, age) {
  /** @param {string | null | undefined} band */
  const rank = (band) => (BANDS.includes(band || "") ? BANDS.indexOf(band || "") : child ? 0 : 3);
  const narrower = BANDS.includes(age || "") && rank(age) < rank(headers.age_band);
  return {
    gpc: headers.gpc || Reflect.get(navigator, "globalPrivacyControl") === true,
    dnt: headers.dnt || navigator.doNotTrack === "1",
    age_band: narrower ? /** @type {string} */ (age) : headers.age_band,
  };
}
