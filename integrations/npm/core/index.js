/**
 * The banner's page API for code that may run before the banner script: calls are queued, and code can subscribe to the
 * decision. It decides nothing on a server: see server.js.
 */

const NAMES = ["when", "open", "set", "withdraw"];
/** @type {Set<(decision: import("./consent.js").Decision | null) => void>} */
const listeners = new Set();
/** @type {import("./consent.js").Decision | null} */
let current = null;
let isListening = false;

/**
 * Load the banner script of `site` unless the page has it already. Throws TypeError if an option is invalid.
 *
 * @param {import("./index.js").ConsentOptions} options
 */
export function loadConsent({ service, site, language, ageBand, nonce }) {
  if (typeof service !== "string" || !/^(https?:\/\/[^\s/?#]+|\/)[^\s?#]*$/.test(service)) {
    throw new TypeError("service must be a URL such as https://consent.example.com, or a path such as /consent");
  }
  if (typeof site !== "string" || !/^[a-z0-9][a-z0-9-]*$/.test(site)) {
    throw new TypeError("site must be the site's key, such as shop");
  }
  if (!isBrowser()) return;
  listen();
  const path = `/b/${site}.js`;
  if ([...document.scripts].some(({ src }) => src.split("?")[0].endsWith(path))) return;
  const script = document.createElement("script");
  script.async = true;
  if (nonce) script.nonce = nonce;
  if (ageBand) script.dataset.ageBand = ageBand;
  script.src = service.replace(/\/+$/, "") + path + (language ? `?language=${encodeURIComponent(language)}` : "");
  document.head.append(script);
}

/** Return a promise that resolves once `group` is granted, now or later on this page. */
export const when = (group) => call("when", group);

/** Open the second layer. */
export const open = () => call("open");

/** Save a choice from the page's own control; groups and vendors not named keep their answers. */
export const set = (...answers) => call("set", ...answers);

/** Withdraw the grant of one group, or of all groups. */
export const withdraw = (...group) => call("withdraw", ...group);

/**
 * On a site that draws its own layers: call `listener` with the content of each layer to show, or null for none. Returns a
 * function that unsubscribes.
 *
 * @param {(layer: import("./consent.js").Layer | null) => void} listener
 */
export function onLayer(listener) {
  if (!isBrowser()) return () => {};
  let turn = 0;
  const tell = async (level) => {
    const own = ++turn;
    const layer = await window.consent?.layer?.(level);
    if (own === turn && layer !== undefined) listener(layer);
  };
  const follow = ({ detail }) => tell(detail.level);
  document.addEventListener("consent:layer", follow);
  call("when", "essential").then(() => turn === 0 && tell());
  return () => {
    turn = -1;
    document.removeEventListener("consent:layer", follow);
  };
}

/** On a site that draws its own layers: report the button that the visitor pressed. */
export async function answer(...given) {
  // Don't wait if the API is there: a page may remove its layer right after this call.
  if (!isBrowser() || !window.consent?.answer) await when("essential");
  if (!window.consent.answer) throw new Error("this site does not draw its own layers: see Settings in the dashboard");
  return window.consent.answer(...given);
}

/** Return the decision, the seeded one until the script has decided, or null if there is neither. */
export function getDecision() {
  return current;
}

/**
 * Call `listener` with the decision: immediately if there is one, and on each change. Returns a function that unsubscribes.
 *
 * @param {(decision: import("./consent.js").Decision | null) => void} listener
 */
export function subscribe(listener) {
  if (!isBrowser()) return () => {};
  // Wrapped, so that a function subscribed twice has two subscriptions.
  const own = (decision) => listener(decision);
  listeners.add(own);
  listen();
  if (current) own(current);
  return () => void listeners.delete(own);
}

/**
 * Start with the decision that the site's server requested, until the script has decided.
 *
 * @param {import("./consent.js").Decision | null | undefined} decision
 */
export function seed(decision) {
  if (isBrowser() && !current && decision) current = decision;
}

/** Return whether `decision` grants `group`. Without a decision, only `essential` is granted. */
export function isGranted(decision, group) {
  return group === "essential" || decision?.groups?.[group]?.granted === true;
}

/** Return whether `decision` allows the tag with the id `tag`. */
export function isAllowed(decision, tag) {
  return decision?.allowed_tags?.includes(tag) === true;
}

/**
 * Return the HTML of a frame that waits for its group, as described in docs/embedding.md.
 *
 * @param {import("./index.js").FrameOptions} options
 */
export function frameHtml({ group, vendor, src, title, width, height, attributes = {} }) {
  if (!/^(https?:)?\/\//.test(src)) throw new TypeError("src must be the full URL of the frame");
  const named = { "data-consent": group, "data-vendor": vendor, "data-src": src, title, width, height };
  const all = Object.entries({ ...attributes, ...named }).filter(([, value]) => value !== undefined && value !== null && value !== false);
  return `<iframe${all.map(([name, value]) => ` ${nameOf(name)}="${escaped(value === true ? "" : value)}"`).join("")}></iframe>`;
}

function nameOf(name) {
  if (!/^[a-z][a-z0-9-]*$/i.test(name) || /^(on|src)/i.test(name)) throw new TypeError(`the attribute ${name} is not allowed on a frame`);
  return name;
}

function escaped(value) {
  return String(value).replace(/[&"<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function isBrowser() {
  return typeof window !== "undefined" && typeof document !== "undefined";
}

/** Call the page API, or queue the call until the script has loaded. On a server, the promise never settles. */
function call(name, ...args) {
  if (!isBrowser()) return new Promise(() => {});
  queue();
  return window.consent[name](...args);
}

/** Define stubs that queue calls until the script has loaded, as the blocker does. */
function queue() {
  window.consent ||= { calls: [] };
  for (const name of NAMES) {
    window.consent[name] ||= (...args) => new Promise((resolve) => window.consent.calls.push([name, args, resolve]));
  }
}

function listen() {
  if (isListening) return;
  isListening = true;
  document.addEventListener("consent:change", update);
  // `essential` is granted as soon as there is a decision.
  call("when", "essential").then(update);
}

function update() {
  const decision = window.consent?.get?.();
  if (!decision) return;
  current = decision;
  for (const listener of [...listeners]) listener(decision);
}
