/** Have Google consent mode say what Google's tags make of a TC string, so that the two never disagree. */

/** @typedef {import("./tcf_sets.js").Flags} Flags */

/** Google Advertising Products in the vendor list. */
const GOOGLE = 755;

/**
 * Have consent mode say of advertising what Google's tags make of the TC string (developers.google.com, "Implement TCF strings").
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
