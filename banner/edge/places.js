/** Read a place from the codes that the edge reports. The twin of `read_place` in consent/geo/places.py. */

import { thaw } from "./thaw.js";

const COUNTRY = /^[A-Z]{2}$/;
const SUBDIVISION = /^[A-Z0-9]{1,3}$/;

/**
 * @typedef {object} Place
 * @property {string | null} country
 * @property {string | null} subdivision
 * @property {string} source
 *
 * @typedef {object} PlaceTables
 * @property {string[]} pseudo codes in place of a country or subdivision that don't name one
 * @property {Record<string, string[]>} listed subdivisions of the countries whose law differs by subdivision
 */

/**
 * @param {string} country
 * @param {string} subdivision
 * @param {PlaceTables} tables
 * @returns {Place}
 */
export function readPlace(country, subdivision, { pseudo, listed }) {
  const none = thaw(pseudo);
  if (none.includes(country) || !COUNTRY.test(country)) return { country: null, subdivision: null, source: "unknown" };
  const named = subdivision.slice(0, 16);
  const part = named.startsWith(`${country}-`) ? named.slice(3) : named;
  const isKnown = Object.hasOwn(listed, country) ? thaw(listed[country]).includes(part) : !none.includes(part) && SUBDIVISION.test(part);
  return { country, subdivision: isKnown ? part : null, source: "edge" };
}

/** @param {Place} place */
export function codeOf({ country, subdivision }) {
  return subdivision ? `${country}-${subdivision}` : country || "";
}

/**
 * Return the entry of `table` for a place: its own, or that for other parts of its country, the country, or other
 * places.
 *
 * @template T
 * @param {Record<string, T>} table
 * @param {Place} place
 * @returns {T}
 */
export function atPlace(table, place) {
  const { country, subdivision } = place;
  const code = codeOf(place);
  if (!country || Object.hasOwn(table, code)) return table[code];
  if (subdivision && Object.hasOwn(table, `${country}-*`)) return table[`${country}-*`];
  return Object.hasOwn(table, country) ? table[country] : table["*"];
}
