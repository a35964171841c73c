/**
 * The banner's page API for code that may run before its script: calls wait for it, and a decision can be subscribed to.
 * On a server nothing is decided here: see server.js.
 */

const NAMES = ["when", "open", "set", "withdraw"];
/** @type {Set<(decision: import("./consent.js").Decision | null) => void>} */
const listeners = new Set();
/** @type {import("./consent.js").Decision | null} */
let current = null;
let isListening = false;

/**
 * Load the script of `site`, unless the page has it. Throws TypeError where an option is not as it should be.
 *
 * @param {import("./index.js").ConsentOptions} options
 */
export function loadConsent({ service, site, language, ageBand, nonce }) {
  if (typeof service !== "string" || !/^(https?:\/\/[^\s/?#]+|\/)[^\s?#]*$/.test(service)) {
    throw new TypeError("service is an address such as https://consent.example.com, or a path such as /consent");
  }
  if (typeof site !== "string" || !/^[a-z0-9][a-z0-9-]*$/.test(site)) {
    throw new TypeError("site is the site's key, such as shop");
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

/** A promise that is kept once `group` is granted, now or later in this page. */
export const when = (group) => call("when", group);

/** Open the second layer. */
export const open = () => call("open");

/** Choose for the visitor, by a control of the page's own; what is not named stays as it was. */
export const set = (...answers) => call("set", ...answers);

/** Take back the grant of a group, or of all. */
export const withdraw = (...group) => call("withdraw", ...group);

/**
 * On a site that draws its own layers: have `listener` called with what the layer has to tell that is needed from now on, or
 * null where none is. Returns what ends that.
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

/** On a site that draws its own layers: give the button that the visitor pressed. */
export async function answer(...given) {
  // At once where that can be: a page may take its layer away as soon as it has called.
  if (!isBrowser() || !window.consent?.answer) await when("essential");
  if (!window.consent.answer) throw new Error("this site does not draw its own layers: see Settings in the dashboard");
  return window.consent.answer(...given);
}

/** Return the decision, or null as long as the script has not decided. */
export function getDecision() {
  return current;
}

/**
 * Have `listener` called with the decision: at once where there is one, and at each change. Returns what ends that.
 *
 * @param {(decision: import("./consent.js").Decision | null) => void} listener
 */
export function subscribe(listener) {
  if (!isBrowser()) return () => {};
  // Each subscription is one of its own, also of a function that is there already.
  const own = (decision) => listener(decision);
  listeners.add(own);
  listen();
  if (current) own(current);
  return () => void listeners.delete(own);
}

/**
 * Begin with the decision that the site's server asked for, until the script has decided.
 *
 * @param {import("./consent.js").Decision | null | undefined} decision
 */
export function seed(decision) {
  if (isBrowser() && !current && decision) current = decision;
}

/** Return whether `decision` grants `group`. Without a decision only what is essential is granted. */
export function isGranted(decision, group) {
  return group === "essential" || decision?.groups?.[group]?.granted === true;
}

/** Return whether `decision` allows the tag with the id `tag`. */
export function isAllowed(decision, tag) {
  return decision?.allowed_tags?.includes(tag) === true;
}

/**
 * Return the HTML of a frame that waits for its group, as docs/embedding.md has it.
 *
 * @param {import("./index.js").FrameOptions} options
 */
export function frameHtml({ group, vendor, src, title, width, height, attributes = {} }) {
  if (!/^(https?:)?\/\//.test(src)) throw new TypeError("src is the whole address of the frame");
  const named = { "data-consent": group, "data-vendor": vendor, "data-src": src, title, width, height };
  const all = Object.entries({ ...attributes, ...named }).filter(([, value]) => value !== undefined && value !== null && value !== false);
  return `<iframe${all.map(([name, value]) => ` ${nameOf(name)}="${escaped(value === true ? "" : value)}"`).join("")}></iframe>`;
}

function nameOf(name) {
  if (!/^[a-z][a-z0-9-]*$/i.test(name) || /^(on|src)/i.test(name)) throw new TypeError(`a frame has no attribute ${name} here`);
  return name;
}

function escaped(value) {
  return String(value).replace(/[&"<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function isBrowser() {
  return typeof window !== "undefined" && typeof document !== "undefined";
}

/** Call the page API, or have the call wait until the script has come. On a server it waits for ever. */
function call(name, ...args) {
  if (!isBrowser()) return new Promise(() => {});
  queue();
  return window.consent[name](...args);
}

/** Give the page what takes calls until the script has come, as the blocker does. */
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
  // What is essential is granted as soon as anything is decided.
  call("when", "essential").then(update);
}

function update() {
  const decision = window.consent?.get?.();
  if (!decision) return;
  current = decision;
  for (const listener of [...listeners]) listener(decision);
}
