/**
 * Parse what other consent tools store, by fixed patterns and never as code; docs/moving.md says where each format was
 * seen. Any other format throws, and counts as no answer.
 *
 * @typedef {object} OldAnswer The answer in one value.
 * @property {Record<string, boolean | undefined>} answers by the tool's own name of a category or service, without a prototype
 * @property {boolean} sure whether the visitor definitely answered; otherwise nothing in it is a grant
 * @property {number | null} time of the answer, in ms
 * @property {string} [place] where the tool located the visitor, such as `NO` or `US-CA`
 * @property {string} [version]
 * @property {boolean} [optedOut] whether the visitor opted out of sale or sharing, or the browser did by Global Privacy Control
 * @property {boolean} [refusedInside] whether something in an unknown category was refused: then no category was granted as a whole
 * @property {boolean} [unreadable] whether a part of the value was damaged, or its version is unknown
 *
 * @typedef {{cookie: string, names: string[], read: (name: string) => string[], revision: number}} Site
 * `names` are the mapping's, `read` returns all values of a cookie, `revision` is the lowest one that counts.
 */
import { DAY } from "../decision/epoch_days.js";
import { own } from "../decision/groups.js";

const MAX_VALUE = 4096;
const MAX_NAMES = 500;
const MAX_DEPTH = 4;
const OLDEST = 1514764800000; // 2018: none of these tools stored such values before
/** iubenda's last major version whose format is known. */
const LAST_IUBENDA = 1;
/** What tarteaucitron 1.34.0 sets to `true` before any answer, since it needs no consent for it. */
const EXEMPT = "wysistathightrack plausible simpleanalytics stonly matomo matomohightrack crisp microanalytics".split(" ");

/** By tool; undefined if the value says nothing. @type {Record<string, (text: string, site: Site) => OldAnswer | null | undefined>} */
export const readers = {
  onetrust: readOneTrust,
  cookiebot: readCookiebot,
  cookieyes: readCookieYes,
  didomi: readDidomi,
  tcf: readTcf,
  klaro: readFlags,
  orejime: readFlags,
  "vanilla-cookieconsent": readVanilla,
  complianz: readComplianz,
  iubenda: readIubenda,
  tarteaucitron: readTarteaucitron,
};

/**
 * Return `value` as text, percent-decoded once if it `isEncoded`.
 *
 * @param {string} value
 * @param {boolean} [isEncoded]
 */
export function textOf(value, isEncoded = true) {
  need(value.length <= MAX_VALUE);
  const text = isEncoded ? decodeURIComponent(value) : value;
  need(/^[ -~]*$/.test(text));
  return text;
}

/** @param {unknown} fact */
function need(fact) {
  if (!fact) throw 0;
}

/** @param {[string, boolean | undefined][]} pairs */
function answersOf(pairs) {
  /** @type {Record<string, boolean | undefined>} */
  const answers = Object.create(null);
  for (const [name, answer] of pairs) {
    need(!(name in answers));
    answers[name] = answer;
  }
  return answers;
}

/**
 * Return the object in the JSON `text`, which must not be too deep or too long, nor contain a name twice.
 *
 * @param {string} text
 * @returns {any}
 */
function objectOf(text) {
  const found = JSON.parse(text);
  need(isObject(found));
  const strings = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)];
  const names = strings.filter(([, colon]) => colon).length;
  need(names <= MAX_NAMES && names === namesIn(found, MAX_DEPTH));
  return found;
}

/** @param {unknown} value */
function isObject(value) {
  return !!value && typeof value === "object" && !Array.isArray(value);
}

/**
 * @param {unknown} value
 * @param {number} depth
 * @returns {number}
 */
function namesIn(value, depth) {
  if (!value || typeof value !== "object") return 0;
  need(depth);
  const inner = Object.values(value).reduce((sum, one) => sum + namesIn(one, depth - 1), 0);
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

/**
 * Return the time in ms, at most now, or null if it is invalid, before 2018 or later than tomorrow.
 *
 * @param {unknown} value
 */
function timeOf(value) {
  const time = typeof value === "string" ? Date.parse(value) : value;
  return typeof time === "number" && time >= OLDEST && time < Date.now() + DAY ? Math.min(time, Date.now()) : null;
}

/** @param {unknown} list */
function strings(list) {
  need(Array.isArray(list) && list.every((one) => typeof one === "string"));
  return /** @type {string[]} */ (list);
}

/**
 * OneTrust's `datestamp` is the last write, often days later: use the other cookie's time, set when the box closed.
 *
 * @param {string} text
 * @param {Site} site
 * @returns {OldAnswer}
 */
function readOneTrust(text, { read }) {
  need(text.length <= MAX_VALUE);
  const pairs = text.split("&").map((pair) => pair.split("="));
  const fields = new Map(pairs.map(([name, ...value]) => [name, value.join("=").replaceAll("+", " ")]));
  need(fields.size === pairs.length);
  // Other fields may be in the visitor's own language, such as the name of the time zone.
  const field = (/** @type {string} */ name) => (fields.has(name) ? textOf(fields.get(name) || "") : undefined);
  const answers = (field("groups") || "").split(",").map((pair) => {
    const [, name, bit] = /** @type {string[]} */ (/^([\w-]{1,60}):([01])$/.exec(pair));
    return /** @type {[string, boolean]} */ ([name, bit === "1"]);
  });
  // A host or vendor doesn't name its category: one that wasn't accepted may be in any.
  const details = ["hosts", "genVendors"].flatMap((name) => (field(name) || "").split(",")).filter(Boolean);
  const closed = read("OptanonAlertBoxClosed").map((value) => timeOf(textOf(value)));
  const isAnswered = field("AwaitingReconsent") !== "true" && fields.get("landingPath") === "NotLandingPage";
  const [country, region] = (field("geolocation") || "").split(";");
  const isClosed = closed.length > 0 && closed.every(Boolean);
  const version = field("version");
  // A version begins with its month, as `202409.1.0`; none comes from the future.
  const isLater = version !== undefined && !(parseInt(version) <= +new Date().toISOString().slice(0, 7).replace("-", ""));
  return {
    answers: answersOf(answers),
    sure: isAnswered && isClosed && !isLater,
    time: isClosed ? Math.min(...closed.map(Number)) : null,
    place: country && country + (region ? "-" + region : ""),
    version,
    optedOut: field("isGpcEnabled") === "1",
    unreadable: isLater,
    refusedInside: details.some((one) => !one.endsWith(":1")),
  };
}

/**
 * Cookiebot writes a JavaScript literal, or only -1 or 0 if no answer was needed or everything was declined. Without a
 * click, only its refusals count.
 *
 * @param {string} value
 * @param {Site} site
 * @returns {OldAnswer | null}
 */
function readCookiebot(value, { names }) {
  const text = textOf(value);
  if (text === "-1") return null;
  if (text === "0") return { answers: answersOf(names.map((name) => [name, false])), sure: true, time: null };
  need(/^\{.+\}$/.test(text));
  const inner = text.slice(1, -1) + ",";
  const found = [...inner.matchAll(/(\w{1,40}):(true|false|-?\d{1,20}|'[^'\\]{0,400}'),/g)];
  need(found.map(([whole]) => whole).join("") === inner);
  const facts = new Map(found.map(([, name, fact]) => [name, fact]));
  need(facts.size === found.length);
  const [stamp, method] = [facts.get("stamp"), facts.get("method")];
  const flags = [...facts].filter(([, fact]) => fact === "true" || fact === "false");
  return {
    answers: answersOf(flags.map(([name, fact]) => [name, fact === "true"])),
    sure: method === "'explicit'" && stamp !== "'0'" && stamp !== "'-1'",
    time: timeOf(Number(facts.get("utc"))),
    place: facts.get("region")?.slice(1, -1).toUpperCase(),
  };
}

/**
 * With an empty `action`, nobody has answered, although everything may be set to yes: only refusals count.
 *
 * @param {string} value
 * @returns {OldAnswer}
 */
function readCookieYes(value) {
  const pairs = textOf(value).split(",").map((pair) => /** @type {[string, string]} */ (pair.split(/:(.*)/s).slice(0, 2)));
  const facts = new Map(pairs);
  need(facts.size === pairs.length);
  const flags = pairs.filter(([name, fact]) => name !== "consent" && name !== "action" && /^(yes|no)$/.test(fact));
  return { answers: answersOf(flags.map(([name, fact]) => [name, fact === "yes"])), sure: facts.get("action") === "yes", time: null };
}

/**
 * Legitimate interest is not consent: those lists are never read. A vendor needs its purposes as well: its grant counts
 * only if a purpose is granted and none is refused that the mapping doesn't name, since the vendor may need that one.
 * For later versions, the meaning of a grant is unknown.
 *
 * @param {string} value
 * @param {Site} site
 * @returns {OldAnswer}
 */
function readDidomi(value, { names }) {
  const facts = objectOf(textOf(atob(textOf(value)), false));
  const [purposes, vendors] = [facts.purposes, facts.vendors].map((one) => (isObject(one) ? one : {}));
  const named = (/** @type {string} */ kind) => [...strings(purposes[kind] || []), ...strings(vendors[kind] || [])];
  const [enabled, disabled] = [named("enabled"), named("disabled")];
  const mayGrantVendors = strings(purposes.enabled || []).length > 0 && strings(purposes.disabled || []).every((name) => names.includes(name));
  const isUnknown = (/** @type {string} */ name) => !mayGrantVendors && !disabled.includes(name) && strings(vendors.enabled || []).includes(name);
  const pairs = [...new Set([...enabled, ...disabled])].filter((name) => !isUnknown(name)).map((name) => /** @type {[string, boolean]} */ ([name, !disabled.includes(name)]));
  const unreadable = facts.version !== undefined && facts.version !== null && !(typeof facts.version === "number" && facts.version <= 2);
  return { answers: answersOf(pairs), sure: pairs.length > 0 && !unreadable, time: timeOf(facts.updated) || timeOf(facts.created), unreadable };
}

/**
 * Read the purposes of a TC string: those of a group are all granted, all refused, or mixed, which says nothing. A zero
 * may mean that nobody asked; it counts as a refusal all the same.
 *
 * @param {string} value
 * @returns {OldAnswer}
 */
function readTcf(value) {
  const [core] = textOf(value).split(".");
  need(/^[\w-]{40,}$/.test(core));
  const bits = [...atob(core.replaceAll("-", "+").replaceAll("_", "/"))].map((byte) => byte.charCodeAt(0).toString(2).padStart(8, "0")).join("");
  const number = (/** @type {number} */ from, /** @type {number} */ length) => parseInt(bits.slice(from, from + length), 2);
  need(bits.length >= 213 && number(0, 6) === 2);
  const time = timeOf(number(42, 36) * 100);
  const group = (/** @type {number[]} */ ...purposes) => {
    const granted = purposes.filter((purpose) => bits[151 + purpose] === "1").length;
    return granted === purposes.length || (granted ? undefined : false);
  };
  const answers = answersOf([["functional", group(1, 5, 6)], ["analytics", group(1, 8, 9)], ["advertising", group(1, 2, 3, 4, 7)]]);
  return { answers, sure: bits[138] === "1" && time !== null, time };
}

/**
 * klaro and orejime store a flag for each service, and only write it after an answer.
 *
 * @param {string} value
 * @returns {OldAnswer}
 */
function readFlags(value) {
  const flags = Object.entries(objectOf(textOf(value)));
  need(flags.every(([, flag]) => typeof flag === "boolean"));
  return { answers: answersOf(flags), sure: true, time: null };
}

/**
 * vanilla-cookieconsent 3 lists all its categories in `services`, with the services that were accepted; version 2 only
 * lists the categories that were. A service is named with its category, `analytics:ga4`. A category with services was
 * accepted as a whole only if the mapping names them and all were accepted: the value doesn't list the others.
 *
 * @param {string} value
 * @param {Site} site
 * @returns {OldAnswer}
 */
function readVanilla(value, { names, revision }) {
  const facts = objectOf(textOf(value));
  const accepted = strings(facts.categories || facts.level);
  const services = isObject(facts.services) ? facts.services : {};
  const offered = isObject(facts.services) ? Object.keys(services) : names.filter((name) => !name.includes(":"));
  const categories = [...new Set([...offered, ...accepted])];
  /** @type {[string, boolean | undefined][]} */
  const pairs = categories.flatMap((category) => {
    const isAccepted = accepted.includes(category);
    const running = strings(own(services, category) || []);
    const named = names.filter((name) => name.startsWith(category + ":"));
    const given = named.map((name) => isAccepted && running.includes(name.slice(category.length + 1)));
    const isWhole = given.every(Boolean) && (given.length > 0 || !running.length);
    return [[category, isAccepted ? isWhole || undefined : false], ...named.map((name, at) => /** @type {[string, boolean]} */ ([name, given[at]]))];
  });
  const time = timeOf(facts.lastConsentTimestamp) || timeOf(facts.last_consent_update);
  const unreadable = "version" in facts; // no known version writes its number
  // With an older revision, the visitor was to be asked again.
  return { answers: answersOf(pairs), sure: !unreadable && (!revision || Number(facts.revision) >= revision), time, unreadable };
}

/**
 * Complianz has a cookie for each category; where it need not ask, it writes `allow` before any answer. If one is
 * damaged, only refusals count.
 *
 * @param {string} _value
 * @param {Site} site
 * @returns {OldAnswer | null}
 */
function readComplianz(_value, { cookie, names, read }) {
  const pairs = names.map((name) => {
    const values = read(cookie + name);
    return /** @type {[string, boolean | undefined]} */ ([name, values.includes("deny") ? false : (values.length > 0 && values.every((one) => one === "allow")) || undefined]);
  });
  const status = read(cookie + "banner-status");
  const unreadable = names.flatMap((name) => read(cookie + name)).some((one) => one !== "allow" && one !== "deny");
  return { answers: answersOf(pairs), sure: !unreadable && status.length > 0 && status.every((one) => one === "dismissed"), time: null, unreadable };
}

/**
 * A missing purpose was not offered; a value without purposes answers nothing. For US states there is a second value,
 * of which only opt-outs are read: `s`, `sh` and `adv` are sale, sharing and advertising.
 *
 * @param {string} value
 * @param {Site} site
 * @returns {OldAnswer | null | undefined}
 */
function readIubenda(value, { names }) {
  const facts = objectOf(textOf(value));
  const optOuts = [facts.s, facts.sh, facts.adv];
  const optedOut = optOuts.includes(false);
  const isRefused = facts.consent === false;
  need(facts.consent === undefined || typeof facts.consent === "boolean");
  if (!facts.purposes && !optedOut && !isRefused) return optOuts.includes(true) ? undefined : null;
  const flags = Object.entries(facts.purposes || {});
  need(isObject(facts.purposes || {}) && flags.every(([, flag]) => typeof flag === "boolean"));
  const version = typeof facts.version === "string" ? facts.version : undefined;
  const unreadable = "version" in facts && !(parseInt(version || "") <= LAST_IUBENDA);
  return {
    answers: answersOf(isRefused ? names.map((name) => [name, false]) : flags),
    sure: !optedOut && !isRefused && !unreadable,
    time: timeOf(facts.timestamp),
    version,
    optedOut,
    unreadable,
  };
}

/**
 * An exempt service is `true` before any answer, next to `wait` if others are not exempt: at least one value must show
 * that somebody answered.
 *
 * @param {string} value
 * @returns {OldAnswer}
 */
function readTarteaucitron(value) {
  const pairs = textOf(value).split("!").filter(Boolean).map((pair) => {
    const [, name, state] = /** @type {string[]} */ (/^([\w.-]{1,80})=(true|false|wait)$/.exec(pair));
    return /** @type {[string, boolean | undefined]} */ ([name, state === "wait" ? undefined : state === "true"]);
  });
  const isAnswered = pairs.some(([name, answer]) => answer === false || !EXEMPT.includes(name));
  return { answers: answersOf(pairs), sure: isAnswered && pairs.every(([, answer]) => answer !== undefined), time: null };
}
