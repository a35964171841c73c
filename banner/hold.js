/**
 * What waits in the page's own HTML: `data-consent="<group>"`, perhaps with `data-vendor`, on
 * - `<script type="text/plain">`, inert by its type; `data-type` names the type it runs with
 * - `<iframe data-src>`, `<img data-src>`, and whatever else loads by `src`
 * - `<template>`, whose content is put before it
 */
import { whyHeld } from "./answers.js";
import { acts } from "./facts.js";
import { inOrder, whenLoaded } from "./order.js";
import { findAll, page, webAddress } from "./page.js";
import { anyMatches } from "./paths.js";
import { dropPlaceholder } from "./placeholder.js";
import { fillScript } from "./scripts.js";
import { state } from "./state.js";
import { introduce, tell } from "./vendors.js";

/** @type {WeakSet<Element>} */
const released = new WeakSet();
/** @type {WeakSet<Element>} */
const once = new WeakSet();
let lastLine = "";

/**
 * Release what is marked on `root` and below it and may go; give each frame that may not to `onHeldFrame`.
 *
 * @param {Element | Document} root
 * @param {(frame: HTMLIFrameElement) => void} onHeldFrame
 */
export function releaseMarked(root, onHeldFrame) {
  for (const node of findAll(root, "[data-consent]")) {
    if (!(node instanceof HTMLElement)) continue;
    if (!whyNodeHeld(node)) release(node);
    else if (node instanceof HTMLIFrameElement) {
      // A frame that was released goes back; a script that ran cannot.
      if (released.delete(node)) node.src = "about:blank";
      onHeldFrame(node);
    }
  }
}

/**
 * Return why `node` is held, or an empty string.
 *
 * @param {HTMLElement} node
 */
export function whyNodeHeld(node) {
  const { consent = "", vendor, src } = node.dataset;
  return once.has(node) ? "" : whyHeld(consent, consent === "unmarked" ? vendorOf(src) : vendor);
}

/**
 * Return the vendor that an unmarked node, which the stub held, loads from.
 *
 * @param {string | undefined} src
 */
function vendorOf(src) {
  const { hostname } = new URL(webAddress(src) || location.href);
  return Object.entries(acts().vendors).find(([, { hosts }]) => anyMatches(hosts, hostname))?.[0];
}

/**
 * Release `node` alone, whatever the choice is, as long as this page stands.
 *
 * @param {HTMLElement} node
 */
export function releaseOnce(node) {
  once.add(node);
  release(node);
}

/**
 * Release `node`, unless it was.
 *
 * @param {HTMLElement} node
 */
function release(node) {
  if (released.has(node)) return;
  released.add(node);
  if (node instanceof HTMLScriptElement) node.type === "text/plain" && queueScript(node);
  else if (node instanceof HTMLTemplateElement) releaseTemplate(node);
  else {
    const address = webAddress(node.dataset.src);
    if (address) node.setAttribute("src", address);
    if (node.dataset.srcset) node.setAttribute("srcset", node.dataset.srcset);
    if (node instanceof HTMLIFrameElement) dropPlaceholder(node);
  }
}

/**
 * Run a marked script in its line: its vendor's, its host's, or, for an inline one, that of the script before it.
 *
 * @param {HTMLScriptElement} script
 */
function queueScript(script) {
  const address = webAddress(script.dataset.src || script.getAttribute("src"));
  const line = script.dataset.vendor || (address ? new URL(address).host : lastLine);
  lastLine = line;
  inOrder(script.hasAttribute("async") ? script : line, () => {
    // Between the decision and its turn, the visitor may have changed his mind.
    if (!whyNodeHeld(script)) return runScript(script, address);
    released.delete(script);
  });
}

/**
 * @param {HTMLScriptElement} script
 * @param {string} address
 */
function runScript(script, address) {
  if (!script.isConnected || !isTrusted(script)) return;
  const copy = page.createElement("script");
  for (const { name, value } of script.attributes) {
    if (!/^(type|src|nonce|data-consent|data-src)$/.test(name)) copy.setAttribute(name, value);
  }
  if (script.dataset.type) copy.type = script.dataset.type;
  copy.nonce = script.nonce;
  fillScript(copy, address, script.text);
  const { vendor } = script.dataset;
  if (vendor) introduce(vendor);
  const done = whenLoaded(copy);
  script.replaceWith(copy);
  // Its snippet may do nothing where it finds a stub of ours, so what it may is told after it.
  const answer = () => vendor && tell(vendor, true);
  if (address) return done.then(answer);
  answer();
}

/** @param {HTMLTemplateElement} template */
function releaseTemplate(template) {
  const content = page.importNode(template.content, true);
  for (const script of content.querySelectorAll("script")) if (!isTrusted(script)) script.remove();
  template.before(content);
}

/**
 * Tell whether the page's CSP would have let this script run by itself. Where our own script has a nonce, another must bear
 * the same: else markup that somebody slipped into the page would run through us.
 *
 * @param {HTMLScriptElement} script
 */
function isTrusted(script) {
  return !state._nonce || script.nonce === state._nonce;
}
