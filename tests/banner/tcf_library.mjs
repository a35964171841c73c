// Reads TC strings as JSON from standard input; writes what the IAB Tech Lab's own library reads from each.
import { TCString } from "@iabtechlabtcf/core";
import { readFileSync } from "node:fs";

const ids = (vector) => [...vector].filter(([, isOn]) => isOn).map(([id]) => id);
const readOne = (text) => {
  const model = TCString.decode(text);
  const { created, cmpId, cmpVersion, consentScreen, consentLanguage, vendorListVersion, policyVersion, isServiceSpecific, publisherCountryCode } = model;
  return {
    facts: [+created, cmpId, cmpVersion, consentScreen, consentLanguage, vendorListVersion, policyVersion, isServiceSpecific, publisherCountryCode],
    purposes: ids(model.purposeConsents),
    interests: ids(model.purposeLegitimateInterests),
    features: ids(model.specialFeatureOptins),
    vendors: ids(model.vendorConsents),
    vendor_interests: ids(model.vendorLegitimateInterests),
    disclosed: ids(model.vendorsDisclosed),
    publisher: ids(model.publisherConsents),
    restrictions: model.publisherRestrictions.getRestrictions().map((one) => [one.purposeId, one.restrictionType, model.publisherRestrictions.getVendors(one)]),
  };
};

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(readOne)));
