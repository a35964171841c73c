/**
 * Join a signed-in visitor's choice with this device's: docs/accounts.md. Loaded only if the site has accounts, before
 * all else in a page: until the service has responded, nothing optional runs there, since one visitor's choice must not
 * apply to the next one who signs in.
 *
 * @typedef {import("../types.js").AccountFacts} AccountFacts
 * @typedef {{decision: {account: AccountFacts}, own: string, choice: string, confirm?: string[], unseen?: string[]}} Joined
 */
import { choose } from "../choice/make_choice.js";
import { keyOf } from "../choice/local_store.js";
import { readCookie, writeCookie } from "../choice/site_cookies.js";
import { post, saveQueue, waitingEntries } from "../choice/queue.js";
import { holdWhile } from "../decision/held_decision.js";
import { evaluate } from "../decision/precomputed.js";
import { page, quiet } from "../page/safe_dom.js";
import { callParts, parts } from "../parts.js";
import { state } from "../state.js";
import { askScope, removeLine, showLine } from "../ui/account_lines.js";

const WAIT_MS = 2000;
const AGAIN_MS = 60_000;
const WINDOW_MS = 10_000;
const MAX_RENEWALS = 5;
/** The name of this field of `state` after the build has shortened it. */
const [SIGNALS] = Object.keys({ _signals: 0 });

/** @type {HTMLElement | null} */
let script;
let isHeld = false;
/** @type {AccountFacts | null} */
let facts = null;
/** @type {"account" | "device"} */
let scope = "account";
let since = "";
let isConfirmed = false;
let asked = 0;
let count = 0;
/** @type {Record<string, boolean>} */
let granted = {};

/**
 * Hold optional tags if someone is signed in, and join once the core has started.
 *
 * @param {unknown} _later
 */
export default function start(_later) {
  if (!state._payload.accounts) return;
  script = page.querySelector("script[data-subject],script[data-subject-url]");
  const token = script?.dataset.subject ?? state._subject;
  override();
  state._subject = token || undefined;
  isHeld = !!token;
  parts.push({ complete: name, answer });
  const markFirst = state._mark;
  state._mark = () => {
    markFirst?.();
    mark();
  };
  state._renew = renew;
  askScope(() => (state._subject ? facts : null), (chosen) => (scope = chosen), () => token === "");
  // By then the core has set what this needs, and the page has set up its own API.
  void Promise.resolve().then(() => setTimeout(quiet(() => begin(token))));
}

/**
 * Make `state` reflect that someone is signed in: nothing optional until the join is done, and the account's signal.
 */
function override() {
  let signals = state._signals;
  holdWhile(() => isHeld);
  Object.defineProperty(state, SIGNALS, {
    get: () => (signals && state._subject && readTab("signal") ? { ...signals, gpc: true } : signals),
    set: (value) => (signals = value),
  });
}

/** @param {string | undefined} token */
async function begin(token) {
  addApi();
  if (token === "") return forget();
  if (!token) return;
  since = new Date().toISOString();
  const [time, who] = (readTab("joined") || "").split(".");
  const isKnown = who && who === (await hashOf(token)) && hasOwn();
  if (isKnown) release();
  if (!isKnown || Date.now() - +time * 1000 > AGAIN_MS) {
    const late = setTimeout(quiet(() => showAgain()), WAIT_MS);
    await join({}).catch(() => {});
    clearTimeout(late);
  }
}

/**
 * After a while without a response, the page continues as if nothing optional was granted: it may ask, and nothing
 * runs.
 */
function showAgain() {
  void callParts("open");
}

/**
 * Join account and device, and apply the result to the page.
 *
 * @param {{mode?: "j" | "d" | "a"}} how
 */
async function join(how) {
  const own = readCookie("_own") || readCookie("");
  const send = () => post("account", { subject: state._subject, path: location.pathname, own, ...how });
  let answer = await send();
  if (answer.status === 403 && (await renew())) answer = await send();
  if (!answer.ok) throw 0;
  const { decision, ...cookies } = await answer.json();
  await take({ decision, ...cookies });
  showLine(facts?.lines[0], useAccount);
}

/**
 * Apply `joined` to this page.
 *
 * @param {Joined} joined
 */
async function take({ decision, own, choice }) {
  await callParts("follow"); // after this, `acts` has loaded
  facts = decision.account;
  // The service has already set both if its cookies are the site's own.
  writeCookie("", choice);
  writeCookie("_own", own);
  writeTab("joined", Math.floor(Date.now() / 1000) + "." + (await hashOf(state._subject || "")));
  writeTab("signal", facts.signal ? "1" : "");
  release();
  page.dispatchEvent(new CustomEvent("consent:account", { bubbles: true, detail: structuredClone(facts) }));
}

/** Let everything run that may run now. */
function release() {
  isHeld = false;
  state._choice = null;
  evaluate();
  state._follow?.();
}

/**
 * Mark choices for the account, or for this device, before they are sent, with the version that was on screen.
 */
function mark() {
  if (!state._subject) return;
  const entries = waitingEntries();
  const fresh = entries.filter((entry) => !entry.scope && !["gpc", "import"].includes(entry.method) && entry.chosen_at >= since);
  if (!fresh.length) return;
  for (const entry of fresh) Object.assign(entry, { scope, seen: facts?.version || 0, ...(isConfirmed && { confirmed: true }) });
  isConfirmed = false;
  saveQueue(entries);
}

/**
 * Record what a choice grants, and in California hold it until the service has said whether a second step is needed.
 *
 * @param {string} action
 * @param {import("../decision/choice.js").Choice | null} before
 * @param {import("../decision/choice.js").Choice} after
 */
function name(action, before, after) {
  if (state._subject) {
    granted = Object.fromEntries(Object.entries(after.groups).filter(([, answer]) => answer).map(([group]) => [group, true]));
    isHeld ||= state._payload.visit.regime === "us_ca" && Object.keys(granted).some((group) => before?.groups[group] === false || state._signals.gpc);
  }
  return action;
}

/**
 * Apply the service's response to a choice.
 *
 * @param {Joined} joined
 */
async function answer(joined) {
  if (!joined.decision?.account) return;
  await take(joined);
  const { confirm = [], unseen = [] } = joined;
  if (confirm.length) {
    showLine("account_confirm", () => {
      isConfirmed = true;
      choose({ _action: "opt_in", _groups: granted });
    });
  } else if (unseen.length) showLine("account_stricter");
  void renew();
}

/** Use the account's choice on this device; if the law requires a second step, this counts as an answer. */
async function useAccount() {
  removeLine();
  await join({ mode: "a" });
}

/** Fetch a new token, if the site says where to get it, and return whether there is one. */
async function renew() {
  const address = script?.dataset.subjectUrl;
  if (Date.now() - asked > WINDOW_MS) [asked, count] = [Date.now(), 0];
  if (!address || ++count > MAX_RENEWALS || new URL(address, location.href).origin !== location.origin) return false;
  const answer = await fetch(address, { credentials: "same-origin", cache: "no-store" });
  const token = answer.ok ? (await answer.text()).trim() : "";
  if (token) state._subject = token;
  return !!token;
}

/** Restore this device's own choice. */
async function forget() {
  state._subject = undefined;
  facts = null;
  const own = readCookie("_own");
  if (own !== undefined) {
    await post("account/forget", {}).catch(() => {});
    writeCookie("", own.split(".").slice(3).join("."));
    writeCookie("_own", "");
  }
  writeTab("joined", "");
  writeTab("signal", "");
  release();
}

/** Add the functions for accounts to the page's API. */
function addApi() {
  const api = Reflect.get(window, "consent");
  if (!api?.set) return;
  const { set } = api;
  Object.assign(api, {
    /**
     * Set who is signed in, by a token or a function that returns one, and return a promise of the decision.
     */
    identify: async (/** @type {any} */ given, /** @type {{apart?: boolean}} */ { apart } = {}) => {
      const token = await (typeof given === "function" ? given() : given);
      if (state._subject && (await hashOf(token)) !== (await hashOf(state._subject))) await forget();
      Object.assign(state, { _subject: token });
      since ||= new Date().toISOString();
      await join(apart ? { mode: "d" } : {});
      return api.get();
    },
    forget,
    account: () => facts && structuredClone(facts),
    set: (/** @type {any} */ answers, /** @type {any} */ more) => {
      if (more?.scope === "account" || more?.scope === "device") scope = more.scope;
      return set(answers, more);
    },
  });
}

/**
 * Return the first digits of the hash of the subject in `token`, or an empty string if the browser can't compute it.
 *
 * @param {string} token
 */
async function hashOf(token) {
  try {
    const { sub } = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(sub));
    return [...new Uint8Array(digest)].slice(0, 4).map((byte) => (byte + 256).toString(16).slice(1)).join("");
  } catch {
    return "";
  }
}

function hasOwn() {
  return readCookie("_own") !== undefined;
}

/** @param {string} item */
function readTab(item) {
  try {
    return sessionStorage.getItem(keyOf(item));
  } catch {
    return null;
  }
}

/**
 * @param {string} item
 * @param {string} value
 */
function writeTab(item, value) {
  try {
    if (value) sessionStorage.setItem(keyOf(item), value);
    else sessionStorage.removeItem(keyOf(item));
  } catch {
    // The next page then joins again.
  }
}
