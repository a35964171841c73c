/**
 * Answer the decision API at the edge, in nginx's njs, even if the origin is down: from the configs that `consent edge`
 * compiled. The edge has no keys, so responses contain no write token, and no request's token is trusted.
 *
 * @typedef {import("../types.js").Resolved} Resolved
 * @typedef {import("./places.js").Place} Place
 *
 * @typedef {object} EdgeSite what the edge knows about one site
 * @property {Record<string, unknown>} facts in each decision: site, config, version, variant, rules_version
 * @property {string} cookie the name of the consent cookie
 * @property {string[]} origins
 * @property {string[]} apps
 * @property {string[]} languages
 * @property {string} default_language
 * @property {string[]} spoken the languages to which tags are limited
 * @property {Resolved["under"]} under
 * @property {string} cache_control
 * @property {{until: number, day: number, tables: Record<string, number>}[]} spans tables that are valid until a unix second
 * @property {Record<string, number>[]} tables index into `resolved` by place
 * @property {Omit<Resolved, "under">[]} resolved
 * @property {Record<string, import("../types.js").GppSection[]> | null} gpp sections of the GPP string by place
 * @property {object | null} tcf the site's facts for TC strings, if it uses TCF
 *
 * @typedef {object} EdgeConfigs
 * @property {number} form
 * @property {import("./languages.js").LanguageTables} languages
 * @property {import("./places.js").PlaceTables} places
 * @property {Record<string, EdgeSite>} sites
 *
 * @typedef {object} Visit
 * @property {Place} place
 * @property {string} language
 * @property {import("../types.js").Signals} signals
 * @property {import("../decision/choice.js").Choice | null} choice
 * @property {string | null} path
 * @property {string} [tcf] the second cookie of a site with TCF
 */
import "./njs_gaps.js";
import { DAY } from "../decision/epoch_days.js";
import { state } from "../state.js";
import { stringOf } from "../vendors/gpp_sections.js";
import { chooseLanguage } from "./languages.js";
import { atPlace, codeOf, readPlace } from "./places.js";
import { cookiesOf, headersOf, newestChoice, queryOf, refusal, signalsOf } from "./requests.js";
import { decideWithTcf, tcfAnswer } from "./tcf.js";
import { thaw } from "./thaw.js";

const FORM = 1;
/** Maximum number of cookies of one name that are read. */
const MAX_CHOICES = 8;
const NOT_APPLICABLE = -1;
const PATH = /\/api\/v1\/sites\/([a-z0-9][a-z0-9-]{0,62})\/decision$/;
const VARY = "Accept-Encoding, Accept-Language, Sec-GPC, DNT, Cookie, Authorization";

/**
 * Return the decision for `visit` at `now`, in ms, like the service's but without a write token.
 *
 * @param {EdgeSite} site
 * @param {Visit} visit
 * @param {number} now
 */
function decideVisit(site, visit, now) {
  const span = thaw(site.spans).filter(({ until }) => now / 1000 < until)[0];
  if (!span) throw refusal(503, "unavailable", "The configs of the edge are too old.");
  const { place, language, signals, choice, path } = visit;
  const table = site.tables[span.tables[thaw(site.spoken).includes(language) ? language : ""]];
  const resolved = /** @type {Resolved} */ ({ ...thaw(site.resolved[atPlace(table, place)]), under: thaw(site.under) });
  const day = Math.floor(now / DAY);
  const { decision, tcf } = decideWithTcf(resolved, day, signals, choice, path, visit.tcf);
  const facts = { ...thaw(site.facts), place, regime: resolved.regime, language, signals };
  const strings = { ...gppOf(site, place, signals, decision), ...(site.tcf && { tcf: tcfAnswer(thaw(site.tcf), resolved, day, choice, tcf, decision) }) };
  return { ...facts, ...decision, ...strings };
}

/**
 * @param {EdgeSite} site
 * @param {Place} place
 * @param {import("../types.js").Signals} signals
 * @param {import("../types.js").Decision} decision
 */
function gppOf({ gpp }, place, signals, decision) {
  if (!gpp) return {};
  const sections = thaw(atPlace(gpp, place));
  state._signals = signals;
  state._decision = decision;
  return { gpp: { string: stringOf(sections), applicable_sections: sections.length ? sections.map(({ id }) => id) : [NOT_APPLICABLE] } };
}

/**
 * Return the decision for a request. Throws a refusal for one that can't be answered.
 *
 * @param {EdgeConfigs} configs
 * @param {EdgeSite} site
 * @param {Record<string, string>} headers
 * @param {string} query
 * @param {Place} place
 * @param {number} now ms
 */
function decideRequest(configs, site, headers, query, place, now) {
  if (headers.authorization !== undefined || headers["consent-subject"] !== undefined) {
    throw refusal(503, "unavailable", "The edge knows no tokens, and the origin does not answer.");
  }
  const { "consent-app": app, origin } = headers;
  if (app !== undefined && origin === undefined && !thaw(site.apps).includes(app)) throw refusal(403, "unknown_app", "This app does not belong to the site.");
  const { language: asked = "", path = null, view } = queryOf(query);
  if (view !== undefined) throw refusal(503, "unavailable", "The edge answers no view, and the origin does not answer.");
  const language = chooseLanguage(asked, headers["accept-language"] || "", thaw(site.languages), site.default_language, codeOf(place), configs.languages);
  const choice = newestChoice(cookiesOf(headers, site.cookie).slice(0, MAX_CHOICES));
  const [tcf] = site.tcf ? cookiesOf(headers, `${site.cookie}_tcf`) : [];
  return decideVisit(site, { place, language, signals: signalsOf(headers), choice, path, tcf }, now);
}

/**
 * Return the headers that allow a page of the site to read the response, or null for other sites' pages.
 *
 * @param {EdgeSite} site
 * @param {Record<string, string>} headers
 * @returns {Record<string, string> | null}
 */
function corsOf(site, { origin, host }) {
  const isOwn = origin !== undefined && thaw(site.origins).includes(origin);
  if (origin === undefined || (!isOwn && origin.split("://")[1] === host)) return {};
  if (!isOwn) return null;
  return { "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true" };
}

/**
 * Handle an nginx request; its variables `consent_country` and `consent_subdivision` are the visitor's place.
 *
 * @param {any} r
 */
function handle(r) {
  /** @type {EdgeConfigs} */
  const configs = /** @type {any} */ (globalThis).consent_sites;
  /** @type {Record<string, string> | null} */
  let cors = {};
  try {
    const [, key = ""] = PATH.exec(r.uri) || [];
    if (r.method !== "GET" && r.method !== "HEAD") throw refusal(405, "method_not_allowed", "The edge answers GET alone.");
    if (configs.form !== FORM) throw refusal(503, "unavailable", "The configs of the edge are of another release than its worker.");
    if (!Object.hasOwn(configs.sites, key)) throw refusal(404, "unknown_site", "This site does not exist or has not been published.");
    const site = configs.sites[key];
    const headers = headersOf(r.rawHeadersIn);
    cors = corsOf(site, headers);
    const place = readPlace(r.variables.consent_country || "", r.variables.consent_subdivision || "", configs.places);
    const decision = decideRequest(configs, site, headers, r.variables.args || "", place, Date.now());
    if (!cors) throw refusal(403, "origin_not_allowed", "This origin is not one of the site's hosts.");
    send(r, 200, decision, cors, site.cache_control);
  } catch (error) {
    const { status, body } = /** @type {any} */ (error);
    if (!status) r.error(`consent edge: ${error}`);
    const refused = status ? body : refusal(500, "internal", "The edge failed.").body;
    send(r, status || 500, refused, cors || {}, "no-store");
  }
}

/**
 * @param {any} r
 * @param {number} status
 * @param {object} body
 * @param {Record<string, string>} cors
 * @param {string} cacheControl
 */
function send(r, status, body, cors, cacheControl) {
  const headers = { "Content-Type": "application/json; charset=utf-8", "Cache-Control": cacheControl, "X-Content-Type-Options": "nosniff" };
  Object.assign(r.headersOut, headers, cors, { Vary: `${VARY}, Origin` }, status === 503 && { "Retry-After": "5" }, status === 405 && { Allow: "GET, HEAD" });
  r.return(status, JSON.stringify(body));
}

export default { handle, decideVisit, newestChoice, readPlace };
