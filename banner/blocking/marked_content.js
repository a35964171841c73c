/**
 * Find the page's content that waits for consent, release what may load, and take back what no longer may:
 * `data-consent="<group>"`, optionally with `data-vendor`, on
 * - `<script type="text/plain">`, inert by its type; `data-type` is the type to run it with
 * - `<iframe data-src>`, `<img data-src>`, and other elements that load by `src`
 * - `<template>`, whose content is inserted before it
 *
 * On a withdrawal, frames and templates' contents are removed. Code that ran can't be: its vendor is notified, and if
 * the vendor is unknown, only a new page ends it.
 */
import { addressBlockReason, addressOf, blockAgain, blocker } from "./unmarked_content.js";
import { reserveImageSpace } from "./blocked_images.js";
import { whenHydrated } from "../page/idle_callbacks.js";
import { findAll, nextTask, page, quiet, webAddress } from "../page/safe_dom.js";
import { endAntiFlicker } from "./anti_flicker.js";
import { recordRefused } from "../vendors/vendor_consent.js";
import { answersFor, anyVendorOf, isUnmarked, nodeBlockReason, once, released, restored } from "./node_answers.js";
import { added } from "./script_runner.js";
import { contents, release } from "./content_release.js";

/** @type {Set<HTMLElement>} marked nodes that the browser may not have parsed to their end, in document order */
const unread = new Set();
let isReading = false;

/**
 * Yield what the blocker marked in the markup of open shadow trees, in which it doesn't observe nodes.
 *
 * @param {Element | Document | ShadowRoot} root
 * @returns {Generator<HTMLElement>}
 */
function* unmarkedInShadows(root) {
  for (const { shadowRoot } of blocker ? findAll(root, "*") : []) {
    if (!shadowRoot) continue;
    yield* findAll(shadowRoot, "[data-consent=unmarked]");
    yield* unmarkedInShadows(shadowRoot);
  }
}

/**
 * Release marked content in `root` that may load; pass each frame that may not to `onHeldFrame`.
 *
 * @param {Element | Document} root
 * @param {(frame: HTMLIFrameElement) => void} onHeldFrame
 */
export function releaseMarked(root, onHeldFrame) {
  if (root === page) takeBackFrames();
  const nodes = new Set([...unread, ...findAll(root, "[data-consent]"), ...((root === page && [...added, ...(blocker?.held || []), ...unmarkedInShadows(page)]) || [])]);
  let isScriptHeld = false;
  for (const node of nodes) {
    if (!(node instanceof HTMLElement)) continue;
    unread.delete(node);
    if (isUnread(node)) unread.add(node);
    else if (!nodeBlockReason(node)) {
      release(node);
      // Its content is found later by whatever observes the page, but for a returning visitor nothing may observe it
      // yet.
      if (hasContent(node)) findAll(page, "[data-consent]").forEach((marked) => nodes.add(marked));
    }
    else if (node instanceof HTMLIFrameElement) {
      // A copy of a released frame, in a page cached by a framework, still has its address.
      if (takeBack(node) || (node.src && node.src === webAddress(node.dataset.src))) emptyFrame(node);
      if (isUnmarked(node)) void whenHydrated().then(() => isUnmarked(node) && nodeBlockReason(node) && onHeldFrame(node));
      else onHeldFrame(node);
    } else if (node instanceof HTMLTemplateElement && takeBack(node)) {
      for (const part of contents.get(node) || []) part.remove();
    } else if (node instanceof HTMLImageElement) {
      takeBack(node);
      if (isUnmarked(node)) void reserveImageSpace();
    }
    else if (node instanceof HTMLScriptElement) {
      isScriptHeld = true;
      if (blocker?.added.has(node) && node.isConnected) added.add(node);
    }
  }
  if (isScriptHeld) endAntiFlicker();
  if (!unread.size || isReading) return;
  isReading = true;
  void nextTask().then(
    quiet(() => {
      isReading = false;
      const [first] = unread;
      if (first) releaseMarked(first, onHeldFrame); // and all the others
    }),
  );
}

/** Block unmarked frames again that may no longer load. */
function takeBackFrames() {
  for (const frame of restored) {
    if (!frame.isConnected) restored.delete(frame);
    else if (!addressBlockReason(addressOf(frame))) once.delete(frame);
    else if (once.get(frame) !== answersFor(frame)) {
      const vendor = anyVendorOf(frame);
      restored.delete(frame);
      blockAgain(frame);
      emptyFrame(frame);
      if (vendor) recordRefused(vendor);
    }
  }
}

/**
 * Return whether `node` was released, and mark it as not released; its vendor has seen the visitor.
 *
 * @param {HTMLElement} node
 */
function takeBack(node) {
  const wasReleased = released.delete(node);
  const vendor = wasReleased && anyVendorOf(node);
  if (vendor) recordRefused(vendor);
  return wasReleased;
}

/**
 * Return whether the browser may still be parsing the content of `node`: on a slow page, a script may be incomplete.
 *
 * @param {HTMLElement} node
 */
function isUnread(node) {
  if (!hasContent(node) || page.readyState !== "loading") return false;
  for (let at = /** @type {Node | null} */ (node); at; at = at.parentNode) if (at.nextSibling) return false;
  return true;
}

/** @param {HTMLElement} node */
function hasContent(node) {
  return node instanceof HTMLTemplateElement || (node instanceof HTMLScriptElement && !addressOf(node));
}

/**
 * Unload a released frame by inserting it again: a new address would add an entry to the browser's history, and *Back*
 * would load the vendor again.
 *
 * @param {HTMLIFrameElement} frame
 */
function emptyFrame(frame) {
  frame.removeAttribute("src");
  frame.parentNode?.insertBefore(frame, frame.nextSibling);
}
