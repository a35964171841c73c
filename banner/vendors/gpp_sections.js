/**
 * Fill in the sections of a GPP string from the visitor's decision. The twin of `answer_of` in
 * consent/core/gpp/mapping.py, which documents the values.
 *
 * @typedef {import("../types.js").GppSection} Section
 */
import { decode, encode } from "./gpp_codec.js";
import { state } from "../state.js";

/**
 * Return the string of the current decision.
 *
 * @param {Section[]} sections
 */
export function stringOf(sections) {
  const { gpc } = state._signals;
  return encode(
    sections.map((section) => {
      const values = section.fields.map(([name, , , value]) => [name, Array.isArray(value) ? value.map(numberOf) : numberOf(value)]);
      return [section, { _values: Object.fromEntries(values), _gpc: section.gpc ? gpc : undefined }];
    }),
  );
}

/** @param {number | string} value fixed, or the name of what determines it */
function numberOf(value) {
  if (typeof value === "number") return value;
  const { granted, reason } = state._decision.groups.advertising;
  if (value.endsWith("opt_out")) return granted ? (value === "opt_out" ? 2 : 0) : 1;
  const isAsked = value === "consent" || value.split(" ").includes(state._signals.age_band);
  return isAsked ? (reason.endsWith("granted") ? 2 : 1) : 0;
}

/**
 * Return what `text` contains, newly created by each call, since callers modify the result.
 *
 * @param {string} text
 * @param {Section[]} sections
 */
export function read(text, sections) {
  return decode(text, (id) => sections.find((one) => one.id === id)?.fields).map(({ segments }) => segments || []);
}
