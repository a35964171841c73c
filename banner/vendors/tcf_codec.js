/**
 * Write and read TC strings (IAB Europe, TCF 2.3, "Consent string and vendor list formats v2"). Parsed strings have the
 * names and structure of the API's TCData, so that events match their strings; additional fields begin with `_`.
 *
 * Each segment is one function for both directions: `io` writes a number and returns it, or returns the one that it
 * reads.
 *
 * @typedef {(bits: number, value?: number | boolean) => number} Io
 * @typedef {Record<string, boolean>} Flags by id
 * @typedef {[purpose: number, type: number, vendors: Flags]} Restriction
 *
 * @typedef {object} Core
 * @property {number} _created ms, a whole day
 * @property {number} _screen
 * @property {string} _language two capital letters
 * @property {number} _list the vendor list's version
 * @property {Restriction[]} _restrictions
 * @property {number} cmpId
 * @property {number} cmpVersion
 * @property {number} tcfPolicyVersion
 * @property {boolean} isServiceSpecific
 * @property {boolean} useNonStandardTexts
 * @property {boolean} purposeOneTreatment
 * @property {string} publisherCC
 * @property {Flags} specialFeatureOptins
 * @property {{consents: Flags, legitimateInterests: Flags}} purpose
 * @property {{consents: Flags, legitimateInterests: Flags, disclosedVendors: Flags}} vendor
 * @property {{consents: Flags, legitimateInterests: Flags, customPurpose: {consents: Flags, legitimateInterests: Flags}, restrictions?: Record<string, Record<string, number>>}} publisher `restrictions` is derived from `_restrictions`
 */
import { bitsOf, LETTERS, lettersOf } from "./gpp_codec.js";

const DISCLOSED = 1;
const PUBLISHER = 3;
const LETTER_A = 65;
/** Each purpose has at most one of each type. */
const MAX_RESTRICTIONS = 72;
/** The reference library pads each segment to a multiple of this many bits. */
const GROUP_BITS = 24;

/**
 * Return the TC string of `model`: core, disclosed vendors and the publisher's segment.
 *
 * @param {Core} model
 */
export function encode(model) {
  return [core, disclosed, publisher]
    .map((segment) => {
      let bits = "";
      segment((count, value) => ((bits += bitsOf(+(value || 0), count)), /** @type {any} */ (value)), model);
      return lettersOf(bits.padEnd(Math.ceil(bits.length / GROUP_BITS) * GROUP_BITS, "0"));
    })
    .join(".");
}

/**
 * Return the contents of a TC string, newly created by each call. Throws a RangeError if it isn't version 2, or is
 * truncated.
 *
 * @param {string} text
 * @returns {Core}
 */
export function decode(text) {
  const [first, ...others] = text.split(".");
  const model = core(reader(first), /** @type {any} */ ({}));
  for (const one of others) {
    const type = reader(one)(3);
    if (type === DISCLOSED) disclosed(reader(one), model);
    if (type === PUBLISHER) publisher(reader(one), model);
  }
  return model;
}

/**
 * @param {string} text
 * @returns {Io}
 */
function reader(text) {
  if (!/^[\w-]+$/.test(text)) throw RangeError(text);
  const all = [...text].map((letter) => bitsOf(LETTERS.indexOf(letter), 6)).join("");
  let at = 0;
  return (count) => {
    if (at + count > all.length) throw RangeError(text);
    return parseInt(all.slice(at, (at += count)), 2);
  };
}

/**
 * @param {Io} io
 * @param {Core} model
 * @returns {Core}
 */
function core(io, { _created, _screen, _language, _list, cmpId, cmpVersion, tcfPolicyVersion, isServiceSpecific, useNonStandardTexts, specialFeatureOptins, purpose, purposeOneTreatment, publisherCC, vendor, _restrictions }) {
  if (io(6, 2) !== 2) throw RangeError();
  const deciseconds = io(36, _created / 100);
  io(36, _created / 100);
  // In bit order: an object literal is evaluated from top to bottom.
  const said = {
    _created: deciseconds * 100,
    cmpId: io(12, cmpId),
    cmpVersion: io(12, cmpVersion),
    _screen: io(6, _screen),
    _language: twoLetters(io, _language),
    _list: io(12, _list),
    tcfPolicyVersion: io(6, tcfPolicyVersion),
    isServiceSpecific: !!io(1, isServiceSpecific),
    useNonStandardTexts: !!io(1, useNonStandardTexts),
    specialFeatureOptins: flags(io, 12, specialFeatureOptins),
    purpose: { consents: flags(io, 24, purpose?.consents), legitimateInterests: flags(io, 24, purpose?.legitimateInterests) },
    purposeOneTreatment: !!io(1, purposeOneTreatment),
    publisherCC: twoLetters(io, publisherCC),
    vendor: { consents: vendors(io, vendor?.consents), legitimateInterests: vendors(io, vendor?.legitimateInterests), disclosedVendors: {} },
    _restrictions: restrictions(io, _restrictions),
  };
  const none = { consents: {}, legitimateInterests: {} };
  return { ...said, publisher: { ...none, customPurpose: none, restrictions: byPurpose(said._restrictions) } };
}

/**
 * @param {Io} io
 * @param {Core} model
 */
function disclosed(io, { vendor }) {
  io(3, DISCLOSED);
  vendor.disclosedVendors = vendors(io, vendor.disclosedVendors);
}

/**
 * @param {Io} io
 * @param {Core} model
 */
function publisher(io, { publisher: said }) {
  io(3, PUBLISHER);
  said.consents = flags(io, 24, said.consents);
  said.legitimateInterests = flags(io, 24, said.legitimateInterests);
  const { consents, legitimateInterests } = said.customPurpose;
  const count = io(6, Object.keys(consents).length);
  said.customPurpose = { consents: flags(io, count, consents), legitimateInterests: flags(io, count, legitimateInterests) };
}

/**
 * @param {Io} io
 * @param {string} [letters]
 */
function twoLetters(io, letters) {
  return [0, 1].map((at) => String.fromCharCode(LETTER_A + io(6, letters === undefined ? 0 : letters.charCodeAt(at) - LETTER_A))).join("").replace(/[^A-Z]/g, "A");
}

/**
 * @param {Io} io
 * @param {number} count
 * @param {Flags} [ids]
 * @returns {Flags}
 */
function flags(io, count, ids) {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [index + 1, !!io(1, ids?.[index + 1])]));
}

/**
 * @param {Io} io
 * @param {Flags} [ids]
 */
function vendors(io, ids = {}) {
  const runs = runsOf(ids);
  const last = io(16, runs.length && runs[runs.length - 1][1]);
  const isShorter = runs.reduce((bits, [first, end]) => bits + (end > first ? 33 : 17), 12) < last;
  return io(1, isShorter) ? ranges(io, runs) : flags(io, last, ids);
}

/**
 * @param {Io} io
 * @param {[number, number][]} runs
 */
function ranges(io, runs) {
  /** @type {Flags} */
  const found = {};
  let last = 0;
  const count = io(12, runs.length);
  for (let index = 0; index < count; index++) {
    const [begin, until] = runs[index] || [];
    const isRun = io(1, until > begin);
    const first = io(16, begin);
    const end = isRun ? io(16, until) : first;
    if (first <= last || end < first) throw RangeError();
    while (last < end) found[++last] = last >= first;
  }
  return found;
}

/**
 * Return the runs of ids, which an object has in ascending order.
 *
 * @param {Flags} ids
 */
function runsOf(ids) {
  /** @type {[number, number][]} */
  const runs = [];
  for (const id in ids) {
    if (!ids[id]) continue;
    const run = runs[runs.length - 1];
    if (run && run[1] === +id - 1) run[1]++;
    else runs.push([+id, +id]);
  }
  return runs;
}

/**
 * @param {Io} io
 * @param {Restriction[]} [given]
 */
function restrictions(io, given = []) {
  const count = io(12, given.length);
  if (count > MAX_RESTRICTIONS) throw RangeError();
  return Array.from({ length: count }, (_, index) => {
    const [purpose, type, ids = {}] = given[index] || [];
    return /** @type {Restriction} */ ([io(6, purpose), io(2, type), ranges(io, runsOf(ids))]);
  });
}

/**
 * Return the restriction type by purpose and vendor.
 *
 * @param {Restriction[]} given
 */
function byPurpose(given) {
  /** @type {Record<string, Record<string, number>>} */
  const found = {};
  for (const [purpose, type, ids] of given) {
    found[purpose] ??= {};
    for (const id in ids) if (ids[id]) found[purpose][id] = type;
  }
  return found;
}
