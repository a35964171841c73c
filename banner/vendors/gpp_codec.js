/**
 * Write and read GPP strings. The twin of consent/core/gpp/codec.py, which documents the format; the layouts come with
 * a page's data from consent/core/gpp/sections.py.
 *
 * @typedef {[name: string, bits: number, count: number, ...unknown[]]} Field one value, or a list if the count is not 1
 * @typedef {Record<string, number | number[]>} Values
 *
 * @typedef {object} Section
 * @property {number} id
 * @property {Field[]} fields
 *
 * @typedef {object} Content
 * @property {Values} _values
 * @property {boolean} [_gpc] if it is missing, there is no GPC segment
 */

/** Type 3 and version 1, six bits each. */
const HEADER = 193;
const MAX_ID = 1000;
export const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * @param {number} value
 * @param {number} count
 */
export const bitsOf = (value, count) => value.toString(2).padStart(count, "0");

/** @param {string} bits */
export const lettersOf = (bits) => bits.replace(/.{1,6}/g, (six) => LETTERS[parseInt(six.padEnd(6, "0"), 2)]);

/**
 * Return `number`, at least 1, as a sum of Fibonacci numbers, smallest first, followed by another 1.
 *
 * @param {number} number
 */
function fibonacci(number) {
  const numbers = [];
  for (let before = 1, now = 1; now <= number; [before, now] = [now, before + now]) numbers.unshift(now);
  let bits = "1";
  for (const one of numbers) {
    const isIn = one <= number;
    if (isIn) number -= one;
    bits = +isIn + bits;
  }
  return bits;
}

/**
 * Return the GPP string of sections, which must be in ascending order of id.
 *
 * @param {[Section, Content][]} sections
 */
export function encode(sections) {
  /** @type {[number, number][]} */
  const runs = [];
  for (const [{ id }] of sections) {
    const run = runs[runs.length - 1];
    if (run && run[1] === id - 1) run[1] = id;
    else runs.push([id, id]);
  }
  let last = 0;
  let items = "";
  for (const [first, end] of runs) {
    items += +(end > first) + fibonacci(first - last) + (end > first ? fibonacci(end - first) : "");
    last = end;
  }
  return [lettersOf(bitsOf(HEADER, 12) + bitsOf(runs.length, 12) + items), ...sections.map((one) => encodeSection(...one))].join("~");
}

/**
 * @param {Section} section
 * @param {Content} content
 */
function encodeSection({ fields }, { _values, _gpc }) {
  const core = lettersOf(fields.flatMap(([name, bits]) => [_values[name]].flat().map((value) => bitsOf(value, bits))).join(""));
  return _gpc === undefined ? core : core + (_gpc ? ".Y" : ".Q");
}

/**
 * Return functions that read the bits of `text` in order; past the end, all bits are 0.
 *
 * @param {string} text
 */
function reader(text) {
  if (!/^[\w-]+$/.test(text)) throw RangeError(text);
  const all = [...text].map((letter) => bitsOf(LETTERS.indexOf(letter), 6)).join("");
  let at = 0;
  const number = (/** @type {number} */ count) => parseInt(all.slice(at, (at += count)).padEnd(count, "0"), 2);
  const sum = () => {
    let total = 0;
    for (let before = 1, now = 1, last = 0; at < all.length; [before, now] = [now, before + now]) {
      const bit = number(1);
      if (bit & last) return total;
      last = bit;
      total += bit * now;
    }
    throw RangeError(text);
  };
  return { _number: number, _fibonacci: sum };
}

/** @param {string} text */
function readHeader(text) {
  const { _number, _fibonacci } = reader(text);
  if (_number(12) !== HEADER) throw RangeError(text);
  /** @type {number[]} */
  const ids = [];
  for (let items = _number(12); items; items--) {
    const isRun = _number(1);
    let id = (ids[ids.length - 1] || 0) + _fibonacci();
    const end = isRun ? id + _fibonacci() : id;
    if (end > MAX_ID) throw RangeError(text);
    while (id <= end) ids.push(id++);
  }
  return ids;
}

/**
 * Return a GPP string's sections, each as the segments that the API returns, newly created by each call. A section with
 * an unknown layout is null. Throws a RangeError if the text is not a GPP string.
 *
 * @param {string} text
 * @param {(id: number, version: number) => Field[] | undefined} layoutOf
 * @returns {{id: number, segments: Record<string, unknown>[] | null}[]}
 */
export function decode(text, layoutOf) {
  const [header, ...parts] = text.split("~");
  const ids = readHeader(header);
  if (ids.length !== parts.length) throw RangeError(text);
  return ids.map((id, index) => {
    const [core, ...segments] = parts[index].split(".");
    const fields = layoutOf(id, reader(core)._number(6));
    return { id, segments: fields ? [readCore(core, fields), ...segments.flatMap(readGpc)] : null };
  });
}

/**
 * @param {string} text
 * @param {Field[]} fields
 */
function readCore(text, fields) {
  const { _number } = reader(text);
  /** @type {Values} */
  const values = {};
  for (const [name, bits, count] of fields) {
    const several = Array.from({ length: count }, () => _number(bits));
    values[name] = count > 1 ? several : several[0];
  }
  return values;
}

/** @param {string} text */
function readGpc(text) {
  const { _number } = reader(text);
  return _number(2) === 1 ? { SubsectionType: 1, Gpc: !!_number(1) } : [];
}
