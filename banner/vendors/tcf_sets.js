/**
 * Read and write sets of ids as text, the twin of consent/core/tcf/id_sets.py: `*` for all that is offered, ascending
 * ranges (`3_7-12_40`), or `~` and bits as letters, beginning with id 1 and padded to whole letters.
 *
 * @typedef {Record<string, boolean>} Flags by id, ascending
 */
import { bitsOf, LETTERS, lettersOf } from "./gpp_codec.js";

const RUN = "[1-9]\\d{0,4}(-[1-9]\\d{0,4})?";
const FORM = RegExp(`^(~[\\w-]+|(${RUN}(_${RUN})*)?)$`);
const MAX_ID = 16_383;
const MAX_LETTERS = 2731;

/**
 * Return the set encoded in `text`, limited to `all`. Throws a RangeError if the text is invalid.
 *
 * @param {string} text
 * @param {Flags} [all]
 */
export function readSet(text, all) {
  /** @type {Flags} */
  const found = {};
  const add = (/** @type {number} */ id) => {
    if (!all || all[id]) found[id] = true;
  };
  if (text === "*") return { ...all };
  if (text.length > MAX_LETTERS || !FORM.test(text)) throw RangeError(text);
  if (text[0] === "~") {
    const bits = [...text.slice(1)].map((letter) => bitsOf(LETTERS.indexOf(letter), 6)).join("");
    for (let id = 1; id <= bits.length; id++) if (+bits[id - 1]) add(id);
    return found;
  }
  let last = 0;
  for (const run of text ? text.split("_") : []) {
    const [first, end = first] = run.split("-").map(Number);
    if (first <= last || end < first || end > MAX_ID) throw RangeError(text);
    for (last = first; last <= end; last++) add(last);
    last = end;
  }
  return found;
}

/**
 * Return the text of a set out of the offered `all`: `*`, else the shorter form.
 *
 * @param {Flags} ids
 * @param {Flags} all
 */
export function writeSet(ids, all) {
  const chosen = idsOf(all).filter((id) => ids[id]);
  if (chosen.length && chosen.length === idsOf(all).length) return "*";
  /** @type {number[][]} */
  const runs = [];
  for (const id of chosen) {
    const run = runs[runs.length - 1];
    if (run && run[1] === id - 1) run[1] = id;
    else runs.push([id, id]);
  }
  const ranges = runs.map(([first, end]) => (end > first ? first + "-" + end : first)).join("_");
  let bits = "";
  for (let id = 1; id <= (chosen[chosen.length - 1] || 0); id++) bits += +(!!ids[id] && !!all[id]);
  const letters = "~" + lettersOf(bits);
  return letters.length < ranges.length ? letters : ranges;
}

/** @param {Flags} ids */
export function idsOf(ids) {
  return Object.keys(ids).filter((id) => ids[id]).map(Number);
}
