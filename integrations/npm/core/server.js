/** Requests a visitor's decision on the site's server. If the service gives no answer, only `essential` is granted. */
import { isAllowed, isGranted } from "./index.js";

const RETRY_MS = 5000;
const LINES_MS = 3600000;
const MAX_CHOICE = 1024;
const CHOICE = /^v1\.(\d{1,6})\.[a-z_]{1,40}(?:\+[fadx]{1,4})?\.[0-3]\.((?:[01-][0-9a-f]{8}){3})\.([a-z0-9:~-]*)$/;
/** Until when requests to an unavailable service are skipped, by its URL. @type {Map<string, number>} */
const awayUntil = new Map();
/** @type {Map<string, {until: number, lines: import("./server.js").Lines}>} */
const knownLines = new Map();

/**
 * Return what the visitor of a request allows.
 *
 * @param {import("./server.js").VisitOptions} options
 */
export async function visitOf({ service, site, token, headers, path, language, country, subdivision, address, ageBand, timeout = 500 }) {
  const base = baseOf(service);
  const sent = (name) => headerOf(headers, name);
  const parameters = new URLSearchParams();
  const give = (name, value) => value && parameters.set(name, String(value));
  give("path", path || "/");
  give("language", language);
  give("country", country);
  give("subdivision", subdivision);
  give("gpc", sent("sec-gpc") === "1" && 1);
  give("dnt", sent("dnt") === "1" && 1);
  give(/^\d+$/.test(String(ageBand)) ? "age" : "age_band", ageBand);
  give("choice", choiceOf(sent("cookie"), `consent_${site}`));
  const decision = await ask(`${base}/api/v1/sites/${site}/decision?${parameters}`, base, timeout, {
    Authorization: `Bearer ${token}`,
    ...(address && { "X-Visitor-Address": address }),
  });
  return {
    decision,
    grants: (group) => isGranted(decision, group),
    allows: (tag) => isAllowed(decision, tag),
  };
}

/**
 * Return the lines for the head of each page, read once an hour; if the service is down, the last ones, or null if there are
 * none.
 *
 * @param {import("./server.js").LinesOptions} options
 */
export async function linesOf({ service, site, timeout = 2000 }) {
  const base = baseOf(service);
  const address = `${base}/api/v1/sites/${site}/lines`;
  const known = knownLines.get(address);
  if (known && Date.now() < known.until) return known.lines;
  const answer = await ask(address, base, timeout, {});
  if (typeof answer?.head !== "string") return known?.lines ?? null;
  const lines = { html: answer.head, scripts: scriptsIn(answer.head) };
  knownLines.set(address, { until: Date.now() + LINES_MS, lines });
  return lines;
}

/** Send one request. If the service is down, skip requests for a while, so that its outage doesn't delay every page. */
async function ask(address, base, timeout, headers) {
  if (Date.now() < (awayUntil.get(base) || 0)) return null;
  try {
    const answer = await fetch(address, { headers, cache: "no-store", signal: AbortSignal.timeout(timeout) });
    if (answer.ok) {
      const document = await answer.json();
      if (awayUntil.delete(base)) console.warn("The consent service responds again");
      return document;
    }
    report(base, `returned ${answer.status}`, answer.status >= 500);
  } catch (error) {
    report(base, `does not respond (${error?.name})`, true);
  }
  return null;
}

function report(base, reason, isAway) {
  if (!awayUntil.has(base)) console.error(`The consent service ${reason}; holding everything that needs consent`);
  awayUntil.set(base, isAway ? Date.now() + RETRY_MS : 0);
}

function baseOf(service) {
  if (!/^https?:\/\/[^\s?#]+$/.test(service)) throw new TypeError("service must be a URL such as https://consent.example.com");
  return service.replace(/\/+$/, "");
}

/** Return a request header, from `Headers` or a Node.js headers object. */
function headerOf(headers, name) {
  const value = typeof headers?.get === "function" ? headers.get(name) : headers?.[name];
  return (Array.isArray(value) ? value.join("; ") : value) || "";
}

/** Return the choice that counts if both the host's and the domain's cookie are sent: the newest, on the same day the strictest. */
function choiceOf(cookies, wanted) {
  const texts = cookies
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${wanted}=`) && pair.length <= wanted.length + 1 + MAX_CHOICE)
    .map((pair) => pair.slice(wanted.length + 1));
  const ranked = texts.filter((text) => CHOICE.test(text)).sort((one, other) => rank(other) - rank(one));
  return ranked[0] || texts[0] || "";
}

function rank(text) {
  const [, day, states, exceptions] = CHOICE.exec(text);
  const grants = [0, 9, 18].filter((at) => states[at] === "1").length + exceptions.split(":1").length;
  return Number(day) - grants / 1000;
}

/** Return the scripts in `html` as attributes and code, for frameworks that create elements. */
function scriptsIn(html) {
  return [...html.matchAll(/<script((?:\s+[^\s=>]+(?:="[^"]*")?)*)\s*>([\s\S]*?)<\/script>/g)].map(([, attributes, code]) => ({
    attributes: Object.fromEntries([...attributes.matchAll(/([^\s=]+)(?:="([^"]*)")?/g)].map(([, name, value = ""]) => [name, unescaped(value)])),
    code,
  }));
}

function unescaped(text) {
  const signs = { amp: "&", lt: "<", gt: ">", quot: '"', "#34": '"', "#39": "'" };
  return text.replace(/&(amp|lt|gt|quot|#34|#39);/g, (_, name) => signs[name]);
}
