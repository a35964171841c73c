/** Make Google consent mode agree with what Google's tags read in a TC string. */

/** @typedef {import("./tcf_sets.js").Flags} Flags */

/** Google Advertising Products in the vendor list. */
const GOOGLE = 755;

/**
 * Set the advertising types to what Google's tags derive from the TC string (developers.google.com, "Implement TCF
 * strings").
 *
 * @param {Record<string, unknown>} values
 * @param {Flags[]} granted in the order of `SETS`
 */
export function amendConsentMode(values, [purposes, , , vendors]) {
  const say = (/** @type {number[]} */ ...ids) => (vendors[GOOGLE] && ids.every((id) => purposes[id]) ? "granted" : "denied");
  values.ad_storage = say(1);
  values.ad_user_data = say(1, 7);
  values.ad_personalization = say(3, 4);
}
