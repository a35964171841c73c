/** Encode the choice in the strings that ad companies read. The twin of consent/core/tcf/choice_strings.py. */
import { DAY } from "../decision/epoch_days.js";
import { encode } from "./tcf_codec.js";
import { idsOf, readSet } from "./tcf_sets.js";

/** @typedef {import("./tcf_sets.js").Flags} Flags */

/** The index of Google's providers in `SETS`. */
const GOOGLE = 5;

/**
 * Return the TC string.
 *
 * @param {import("../types.js").TcfFacts} facts
 * @param {{_day: number, _screen: number, _language: string}} shown
 * @param {Flags[]} granted in the order of `SETS`
 */
export function tcString({ cmp: [cmpId, cmpVersion], list: [_list, tcfPolicyVersion], cc: publisherCC, disclosed, restrictions }, { _day, _screen, _language }, granted) {
  const [purposes, interests, specialFeatureOptins, consents, legitimateInterests] = granted;
  const none = { consents: {}, legitimateInterests: {} };
  return encode({
    _created: _day * DAY,
    _screen,
    _language: _language.toUpperCase(),
    _list,
    _restrictions: restrictions.map(([purpose, type, vendors]) => [purpose, type, readSet(vendors)]),
    cmpId,
    cmpVersion,
    tcfPolicyVersion,
    isServiceSpecific: true,
    useNonStandardTexts: false,
    purposeOneTreatment: false,
    publisherCC,
    specialFeatureOptins,
    purpose: { consents: purposes, legitimateInterests: interests },
    vendor: { consents, legitimateInterests, disclosedVendors: readSet(disclosed) },
    // Without it Prebid's own modules store nothing, whatever was granted.
    publisher: { ...none, consents: purposes, customPurpose: none },
  });
}

/**
 * Return Google's additional consent string v2; empty if the site lists no providers outside the vendor list.
 *
 * @param {Flags[]} offered in the order of `SETS`
 * @param {Flags[]} chosen
 */
export function additionalConsent(offered, chosen) {
  const granted = chosen[GOOGLE];
  const ids = idsOf(offered[GOOGLE]);
  return ids.length ? `2~${ids.filter((id) => granted[id]).join(".")}~dv.${ids.filter((id) => !granted[id]).join(".")}` : "";
}
