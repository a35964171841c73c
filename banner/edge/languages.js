/**
 * Choose a visitor's language. The twin of `choose_language` in consent/presentation/languages.py, which documents the
 * rules.
 */

const RANGE = /^([a-z]{1,8}(?:-[a-z0-9]{1,8}){0,4}|\*)(?:[ \t]*;[ \t]*q=([01](?:\.[0-9]{0,3})?))?$/i;
const MAX_HEADER = 1000;
const MAX_RANGES = 20;

/**
 * @typedef {object} LanguageTables
 * @property {Record<string, string>} aliases other names of a language
 * @property {Record<string, string>} near what speakers of a language read if it isn't offered
 * @property {Record<string, string>} home the language of a place
 */

/**
 * Return the language in `offered` that a visitor gets.
 *
 * @param {string} requested the page's language
 * @param {string} accepted the header Accept-Language
 * @param {string[]} offered
 * @param {string} standard the site's default
 * @param {string} place ISO 3166 code
 * @param {LanguageTables} tables
 */
export function chooseLanguage(requested, accepted, offered, standard, place, tables) {
  const home = (Object.hasOwn(tables.home, place) ? tables.home[place] : "").toLowerCase();
  return (
    wanted(requested.slice(0, MAX_HEADER), offered, home, tables) ||
    wanted(accepted.slice(0, MAX_HEADER), offered, home, tables) ||
    lookUp(home, offered, tables) ||
    standard
  );
}

/**
 * @param {string} header
 * @param {string[]} offered
 * @param {string} home
 * @param {LanguageTables} tables
 */
function wanted(header, offered, home, tables) {
  const ranges = rangesOf(header, tables);
  const barred = ranges.filter(({ weight }) => weight === 0).map(({ name }) => name);
  const known = offered.filter((one) => !barred.some((name) => `${one.toLowerCase()}-`.startsWith(`${name}-`)));
  for (const { name, weight } of ranges.sort((one, other) => other.weight - one.weight || one.place - other.place)) {
    if (name === "*" || weight === 0) return "";
    const found = lookUp(home.startsWith(`${name}-`) ? home : name, known, tables);
    if (found) return found;
  }
  return "";
}

/**
 * @param {string} header
 * @param {LanguageTables} tables
 */
function rangesOf(header, tables) {
  const found = [];
  for (const part of header.split(",").slice(0, MAX_RANGES)) {
    const match = RANGE.exec(part.trim());
    if (match) found.push({ name: ownName(match[1].toLowerCase(), tables), weight: Math.min(+(match[2] || 1), 1), place: found.length });
  }
  return found;
}

/**
 * Return a range under the name that the language has here: `zh-tw` is `zh-hant`, `no-no` is `nb`.
 *
 * @param {string} name
 * @param {LanguageTables} tables
 */
function ownName(name, { aliases }) {
  const [first, second] = name.split("-");
  if (first === "zh" && (second === "hans" || second === "hant")) return name;
  const both = second === undefined ? first : `${first}-${second}`;
  return Object.hasOwn(aliases, both) ? aliases[both] : Object.hasOwn(aliases, first) ? aliases[first] : name;
}

/**
 * Return the offered language for `name`, shortened from its end until one matches.
 *
 * @param {string} name in lower case
 * @param {string[]} offered
 * @param {LanguageTables} tables
 */
function lookUp(name, offered, { near }) {
  for (let parts = name ? name.split("-") : []; parts.length; parts = parts.slice(0, -1)) {
    const tag = parts.join("-");
    const found = offered.filter((one) => one.toLowerCase() === tag)[0] || offered.filter((one) => one.toLowerCase().startsWith(`${tag}-`))[0];
    if (found) return found;
  }
  const other = near[name.split("-")[0]];
  return other && offered.filter((one) => one.toLowerCase() === other)[0];
}
