/**
 * Pass the choice in links to other domains of the controller, and take the one that a link brought: docs/handover.md.
 * Loaded only if the site shares choices. Nothing optional runs until the incoming choice is known: it may be a
 * refusal.
 */
import { readCookie, writeCookie } from "../choice/site_cookies.js";
import { post } from "../choice/queue.js";
import { holdWhile } from "../decision/held_decision.js";
import { evaluate } from "../decision/precomputed.js";
import { takeCode } from "../page/handover_fragment.js";
import { page, quiet } from "../page/safe_dom.js";
import { callParts, parts } from "../parts.js";
import { state } from "../state.js";
import { showLine } from "../ui/account_lines.js";

const WAIT_MS = 2000;
/** A code expires 60 to 119 s after it was made, by the service's clock. */
const GOOD_MS = 50_000;

const MARK = "cho=h1.";

/** @typedef {{asked: number, code: Promise<string>, ready?: string}} Ticket */

/** @type {Record<string, Ticket>} */
let tickets = {};
let isHeld = false;

/** @param {(begin: () => void) => void} later */
export default function start(later) {
  if (!state._payload.handover) return;
  const code = takeCode();
  isHeld = !!code;
  if (code) holdWhile(() => isHeld);
  // Codes for one choice are not valid for the next.
  parts.push({ follow: () => void (tickets = {}) });
  later(
    quiet(async () => {
      const api = Reflect.get(window, "consent");
      if (api?.set) Object.assign(api, { handover });
      watchLinks();
      if (code) await redeem(code);
    }),
  );
}

/** @param {string} code */
async function redeem(code) {
  const late = setTimeout(quiet(release), WAIT_MS);
  try {
    const asked = { code, referrer: page.referrer && hostOf(page.referrer), choice: readCookie("") || "", age_band: state._signals.age_band };
    const answer = await post("handovers/redeem", asked);
    if (answer.ok) await take(await answer.json());
  } finally {
    clearTimeout(late);
    if (isHeld) release();
    scroll();
  }
}

/** @param {{choice: string, own?: string, applied: boolean, from: string}} answer */
async function take({ choice, own, applied, from }) {
  if (!applied) return;
  // The service has already set both if its cookies are the site's own.
  writeCookie("", choice);
  if (own !== undefined) writeCookie("_own", own);
  await callParts("follow"); // after this, `acts` has loaded
  state._choice = null;
  release();
  showLine("handover_applied", undefined, from);
}

/** Let everything run that may run now. */
function release() {
  isHeld = false;
  evaluate();
  state._follow?.();
}

/** Scroll to the fragment's target: with the code in the fragment, the browser didn't find it. */
function scroll() {
  const target = location.hash && page.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && !scrollY) target.scrollIntoView();
}

/** Request a code when the visitor is about to follow a link, and add it to the address. */
function watchLinks() {
  const reach = quiet((/** @type {Event} */ event) => {
    const link = linkOf(event);
    if (link && isOurs(link)) void ask(hostOf(link.href));
  });
  for (const name of ["pointerdown", "touchstart", "focusin"]) addEventListener(name, reach, { capture: true, passive: true });
  for (const name of ["click", "auxclick"]) {
    addEventListener(name, quiet(cleanLink), true);
    addEventListener(name, quiet(addToLink));
  }
}

/**
 * Remove any code from a link, whoever wrote it: otherwise a comment with someone's code would consent for everyone who
 * follows it.
 *
 * @param {Event} event
 */
function cleanLink(event) {
  const link = linkOf(event);
  if (link && link.hash.includes(MARK)) link.href = withCode(link.href, "");
}

/** @param {Event} event */
function addToLink(event) {
  const link = linkOf(event);
  const isMenu = /** @type {MouseEvent} */ (event).button === 2;
  if (!link || isMenu || event.defaultPrevented || !isOurs(link)) return;
  const ready = useTicket(hostOf(link.href));
  if (!ready) return;
  const address = link.getAttribute("href") || "";
  link.href = withCode(link.href, ready);
  // By then the browser has read the address; a link copied later has no code.
  setTimeout(() => link.setAttribute("href", address));
}

/**
 * Return the link that an event targets, even one in a shadow root.
 *
 * @param {Event} event
 * @returns {HTMLAnchorElement | undefined}
 */
function linkOf(event) {
  return /** @type {any} */ (event.composedPath().find((node) => node instanceof HTMLAnchorElement || node instanceof HTMLAreaElement));
}

/** @param {HTMLAnchorElement} link */
function isOurs(link) {
  return isShared(link.href) && !link.relList.contains("noreferrer") && !link.hasAttribute("download");
}

/**
 * Return whether `address` is on another host of the controller.
 *
 * @param {string} address
 */
function isShared(address) {
  const host = /^https?:/.test(address) && origin !== "null" && hostOf(address);
  return host && host !== hostOf(location.href) && state._payload.handover?.includes(host);
}

/**
 * Return an address's host as the service names it: with its port unless that is 443.
 *
 * @param {string} address
 */
function hostOf(address) {
  const { protocol, hostname, port } = new URL(address);
  const number = port || (protocol === "http:" ? "80" : "443");
  return hostname + (number === "443" ? "" : ":" + number);
}

/**
 * Return a promise of the code for `host`, empty if there is none.
 *
 * @param {string} host
 */
function ask(host) {
  const held = tickets[host];
  if (held && performance.now() - held.asked < GOOD_MS) return held.code;
  /** @type {Ticket} */
  const ticket = (tickets[host] = { asked: performance.now(), code: fetchCode(host) });
  void ticket.code.then((code) => (ticket.ready = code));
  return ticket.code;
}

/** @param {string} host */
async function fetchCode(host) {
  try {
    const choice = readCookie("");
    const answer = choice && (await post("handovers", { to: host, choice }));
    return answer && answer.ok ? (await answer.json()).code || "" : "";
  } catch {
    return "";
  }
}

/**
 * Return the code for `host` if it has arrived; one with a grant can only be used once.
 *
 * @param {string} host
 */
function useTicket(host) {
  const ticket = tickets[host];
  if (!ticket || performance.now() - ticket.asked >= GOOD_MS) return "";
  if (ticket.ready?.split(".")[4]) delete tickets[host];
  return ticket.ready || "";
}

/**
 * Return `address` with `code`, or without any if that is empty.
 *
 * @param {string} address
 * @param {string} code
 */
function withCode(address, code) {
  const [before, ...after] = address.split("#");
  const [text, ...directive] = after.join("#").split(":~:");
  const rest = text.split("&").filter((part) => part && !part.startsWith(MARK));
  const fragment = [[...rest, ...(code ? ["cho=" + code] : [])].join("&"), ...directive].join(":~:");
  return before + (fragment && "#" + fragment);
}

/**
 * Return a promise of `address` with the choice, for a navigation by script.
 *
 * @param {string} address
 */
async function handover(address) {
  const { href } = new URL(address, page.baseURI);
  if (!isShared(href)) return href;
  const host = hostOf(href);
  const code = await ask(host);
  useTicket(host);
  return withCode(href, code);
}
