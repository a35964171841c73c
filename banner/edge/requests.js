/**
 * Read a decision's inputs from a request, like consent/api/page/visit_context.py, and refuse what it refuses.
 *
 * @typedef {import("../decision/choice.js").Choice} Choice
 */
import { parseChoice } from "../choice/read_choice_cookie.js";

const OF_THE_PAGE = ["language", "path", "view"];
const OF_THE_TOKEN = ["country", "subdivision", "gpc", "dnt", "age_band", "age", "choice", "tcf", "own"];
const MAX_PATH = 2048;
const MAX_NAMED = 10;
const MAX_QUERY = 4096;

/**
 * Return the object to throw to refuse a request: a status, and the body of an error.
 *
 * @param {number} status
 * @param {string} code
 * @param {string} message
 * @param {Record<string, string[]>} [fields]
 */
export function refusal(status, code, message, fields = {}) {
  return { status, body: { error: { code, message, fields } } };
}

/**
 * Return a request's headers by lower-case name; repeated ones are joined as servers do.
 *
 * @param {[string, string][]} pairs
 */
export function headersOf(pairs) {
  /** @type {Record<string, string>} */
  const found = Object.create(null);
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    found[key] = found[key] === undefined ? value.trim() : `${found[key]}${key === "cookie" ? "; " : ","}${value.trim()}`;
  }
  return found;
}

/**
 * Return the parameters of a query. Throws a refusal for one that the service would refuse.
 *
 * @param {string} text
 */
export function queryOf(text) {
  if (text.length > MAX_QUERY) throw refusal(400, "invalid_query", "The query string is too long.");
  /** @type {Record<string, string>} */
  const found = Object.create(null);
  for (const pair of text.split("&")) {
    if (!pair) continue;
    const at = pair.indexOf("=");
    const [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    const key = decoded(name);
    if (found[key] !== undefined) throw refusal(400, "invalid_query", "A query parameter is repeated.");
    found[key] = decoded(value);
    if (found[key].includes("\0")) throw refusal(400, "invalid_query", "The query string contains U+0000.");
  }
  checkQuery(found);
  return found;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text.split("+").join(" "));
  } catch (error) {
    throw refusal(400, "invalid_query", "The query string is not valid.");
  }
}

/** @param {Record<string, string>} query */
function checkQuery(query) {
  const names = Object.keys(query);
  if (names.some((name) => OF_THE_TOKEN.includes(name))) {
    throw refusal(403, "token_required", "Requires a token with scope decide: place, signals and choice of a visitor cannot be set without one.");
  }
  /** @type {Record<string, string[]>} */
  const errors = {};
  for (const name of names.filter((one) => !OF_THE_PAGE.includes(one)).slice(0, MAX_NAMED)) errors[name] = ["Unknown parameter."];
  const { path, view } = query;
  if (path !== undefined && (!path.startsWith("/") || path.length > MAX_PATH)) errors.path = ["Must be a path that begins with a slash."];
  if (view !== undefined && view !== "banner" && view !== "csp") errors.view = ["Must be one of banner, csp."];
  if (Object.keys(errors).length) throw refusal(400, "invalid_parameter", "A parameter is invalid.", errors);
}

/**
 * Return the signals: GPC if exactly `1` (W3C GPC, 3.3), and DNT. A request without a token can't state an age.
 *
 * @param {Record<string, string>} headers
 */
export function signalsOf(headers) {
  const sent = headers["sec-gpc"] || "";
  return { gpc: !sent.includes(" ") && sent.split(",").includes("1"), dnt: headers.dnt === "1", age_band: "unknown" };
}

/**
 * Return the values of all cookies called `name`, in the order in which they were sent.
 *
 * @param {Record<string, string>} headers
 * @param {string} name
 */
export function cookiesOf(headers, name) {
  const pairs = (headers.cookie || "").split(";").map((pair) => pair.trim());
  return pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
}

/**
 * Return the choice that counts: the newest, or on the same day the one that grants least.
 *
 * @param {string[]} values
 */
export function newestChoice(values) {
  /** @type {Choice | null} */
  let newest = null;
  for (const choice of values.map(parseChoice)) {
    if (choice && (!newest || choice.day > newest.day || (choice.day === newest.day && grantsOf(choice) < grantsOf(newest)))) newest = choice;
  }
  return newest;
}

/** @param {Choice} choice */
function grantsOf({ groups, vendors }) {
  return [...Object.values(groups), ...Object.values(vendors)].filter((answer) => answer === true).length;
}
