/**
 * Carry the choice along in links to other domains of the controller, and take the one that a link brought: docs/handover.md.
 * It comes only where the site shares choices. Nothing optional runs until what came along is known: it may be a refusal.
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
/** A code ends 60 to 119 s after it was made, by the service's clock. */
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
  // What was asked for one choice is none of the next.
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
  // The service has set both already where its cookies are the site's own.
  writeCookie("", choice);
  if (own !== undefined) writeCookie("_own", own);
  await callParts("follow"); // what decides in the page has come then
  state._choice = null;
  release();
  showLine("handover_applied", undefined, from);
}

/** Let run what applies now. */
function release() {
  isHeld = false;
  evaluate();
  state._follow?.();
}

/** Go where the fragment leads: with the code in it, the browser found nothing of that name. */
function scroll() {
  const target = location.hash && page.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && !scrollY) target.scrollIntoView();
}

/** Ask for a code when somebody is about to follow a link, and put it into the address. */
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
 * Take a code out of a link, whoever wrote it: else a comment with somebody's code would consent for whoever follows it.
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
  // The browser has taken the address by then; what is copied later has no code.
  setTimeout(() => link.setAttribute("href", address));
}

/**
 * Return the link that an event is about, also one in a shadow root.
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
 * Return whether `address` is of another host of the controller.
 *
 * @param {string} address
 */
function isShared(address) {
  const host = /^https?:/.test(address) && origin !== "null" && hostOf(address);
  return host && host !== hostOf(location.href) && state._payload.handover?.includes(host);
}

/**
 * Return the host of an address as the service names it: with its port where that is not 443.
 *
 * @param {string} address
 */
function hostOf(address) {
  const { protocol, hostname, port } = new URL(address);
  const number = port || (protocol === "http:" ? "80" : "443");
  return hostname + (number === "443" ? "" : ":" + number);
}

/**
 * Return a promise of the code for `host`, empty where there is none.
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
 * Return the code for `host` where it has come; one that grants is good once.
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
 * Return `address` with `code`, or without any.
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
 * Return a promise of `address` with the choice in it, for a navigation by script.
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
