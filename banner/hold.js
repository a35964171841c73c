/**
 * What waits in the page's own HTML: `data-consent="<group>"`, perhaps with `data-vendor`, on
 * - `<script type="text/plain">`, inert by its type; `data-type` names the type it runs with
 * - `<iframe data-src>`, `<img data-src>`, and whatever else loads by `src`
 * - `<template>`, whose content is put before it
 *
 * On a withdrawal a frame and a template's content go back. What ran cannot: its vendor is told, and where nobody knows a
 * vendor of it, only a new page ends it.
 */
import { isRefused, whyHeld } from "./answers.js";
import { addressOf, blocker, holdAgain, lineOf, passed, restore, vendorAt, whyAddressHeld } from "./blocked.js";
import { acts } from "./facts.js";
import { own } from "./groups.js";
import { hearLate } from "./late_events.js";
import { whenTakenUp } from "./idle.js";
import { inOrder, whenLoaded } from "./order.js";
import { MARK, findAll, nextTask, page, quiet, webAddress } from "./page.js";
import { dropPlaceholder } from "./placeholder.js";
import { fillScript } from "./scripts.js";
import { state } from "./state.js";
import { showPage } from "./unhide.js";
import { introduce, noteRefused, tellAgain } from "./vendors.js";

// A page may put a getter of its own in the place of `dataset`, and have all of its marks say what it wants.
const { getAttribute } = page.createElement("i");
/** @type {WeakSet<Element>} */
const released = new WeakSet();
/** @type {Map<HTMLTemplateElement, ChildNode[]>} what each template has put into the page */
const contents = new Map();
/** @type {Set<string>} the groups of scripts that ran, and whose vendor nobody knows */
const strangers = new Set();
/** @type {Set<HTMLScriptElement>} scripts that may run and have not had their turn */
const queued = new Set();
/** @type {WeakMap<Element, string>} what had been answered as each was loaded once */
const once = new WeakMap();
/** @type {Set<HTMLElement>} scripts that a script has put into the page, and that it would have run whatever became of them */
const added = new Set();
/** @type {Set<string>} addresses of what was held unmarked and ran */
const ran = new Set();
/** @type {Set<any>} frames that nobody has marked, and that load */
const restored = new Set();
/** @type {Set<HTMLElement>} what is marked and whose end the browser may not have read, in the order of the page */
const unread = new Set();
let isReading = false;
let lastLine = "";

/**
 * Release what is marked on `root` and below it and may go; give each frame that may not to `onHeldFrame`.
 *
 * @param {Element | Document} root
 * @param {(frame: HTMLIFrameElement) => void} onHeldFrame
 */
export function releaseMarked(root, onHeldFrame) {
  if (root === page) takeBackFrames();
  const nodes = new Set([...unread, ...findAll(root, "[data-consent]"), ...((root === page && [...added, ...(blocker?.held || [])]) || [])]);
  let isScriptHeld = false;
  for (const node of nodes) {
    if (!(node instanceof HTMLElement)) continue;
    unread.delete(node);
    if (isUnread(node)) unread.add(node);
    else if (!whyNodeHeld(node)) {
      release(node);
      // What it brings is seen later by who watches the page, but for a returning visitor nobody may do so yet.
      if (hasContent(node)) findAll(page, "[data-consent]").forEach((marked) => nodes.add(marked));
    }
    else if (node instanceof HTMLIFrameElement) {
      // A copy of one that was released, in a page that a framework kept, has its address still.
      if (takeBack(node) || (node.src && node.src === webAddress(node.dataset.src))) emptyFrame(node);
      if (isUnmarked(node)) void whenTakenUp().then(() => isUnmarked(node) && whyNodeHeld(node) && onHeldFrame(node));
      else onHeldFrame(node);
    } else if (node instanceof HTMLTemplateElement && takeBack(node)) {
      for (const part of contents.get(node) || []) part.remove();
    } else if (node instanceof HTMLImageElement) takeBack(node);
    else if (node instanceof HTMLScriptElement) {
      isScriptHeld = true;
      if (blocker?.added.has(node) && node.isConnected) added.add(node);
    }
  }
  if (isScriptHeld) showPage();
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

/** Hold the frames again that nobody has marked and that may no longer load. */
function takeBackFrames() {
  for (const frame of restored) {
    if (!frame.isConnected) restored.delete(frame);
    else if (!whyAddressHeld(addressOf(frame))) once.delete(frame);
    else if (once.get(frame) !== answersFor(frame)) {
      const vendor = anyVendorOf(frame);
      restored.delete(frame);
      holdAgain(frame);
      emptyFrame(frame);
      if (vendor) noteRefused(vendor);
    }
  }
}

/**
 * Tell whether `node` was released, from now on no more; its vendor has seen the visitor.
 *
 * @param {HTMLElement} node
 */
function takeBack(node) {
  const wasReleased = released.delete(node);
  const vendor = wasReleased && anyVendorOf(node);
  if (vendor) noteRefused(vendor);
  return wasReleased;
}

/**
 * Tell whether the browser may be in the middle of what is in `node`: of a slow page it shows half a script.
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
 * Empty a frame that was released, by putting it into the page anew: another address would be one more step of the browser's
 * history, and *Back* would load the vendor again.
 *
 * @param {HTMLIFrameElement} frame
 */
function emptyFrame(frame) {
  frame.removeAttribute("src");
  frame.parentNode?.insertBefore(frame, frame.nextSibling);
}

/** Tell whether a script that nobody can stop ran for a group that is refused. */
export function strangerRunsOn() {
  return [...strangers].some((group) => isRefused(group, null));
}

/**
 * Return why `node` is held, or an empty string.
 *
 * @param {HTMLElement} node
 */
export function whyNodeHeld(node) {
  if (once.get(node) === answersFor(node)) return "";
  return isUnmarked(node) ? whyAddressHeld(addressOf(node)) : whyHeld(marked(node, "consent") || "", vendorOf(node));
}

/**
 * Tell whether the blocker holds `node`, or it stands for another tool's player.
 *
 * @param {HTMLElement} node
 */
function isUnmarked(node) {
  return marked(node, "consent") === "unmarked";
}

/**
 * Return the vendor whose answer counts for `node`: the one that it names, or, where nobody has marked it, that of its host.
 *
 * @param {HTMLElement} node
 */
export function vendorOf(node) {
  return isUnmarked(node) || restored.has(node) ? vendorAt(addressOf(node)) : marked(node, "vendor");
}

/**
 * Return the mark `name` of `node`.
 *
 * @param {HTMLElement} node
 * @param {"consent" | "vendor"} name
 */
function marked(node, name) {
  return getAttribute.call(node, "data-" + name);
}

/**
 * Return what the visitor has answered, as far as it can mean `node`.
 *
 * @param {HTMLElement} node
 */
function answersFor(node) {
  return JSON.stringify([state._choice?.groups, state._choice?.vendors[vendorOf(node) || ""]]);
}

/**
 * Release `node` alone, whatever the choice is, as long as this page stands and the visitor answers nothing else.
 *
 * @param {HTMLElement} node
 */
export function releaseOnce(node) {
  once.set(node, answersFor(node));
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
  // What is marked may have lost the type by which it waits, and runs.
  if (node instanceof HTMLScriptElement) /^\s*text\/plain\s*$/i.test(node.type) && queueScript(node);
  else if (node instanceof HTMLTemplateElement) releaseTemplate(node);
  else if (isUnmarked(node)) releaseUnmarked(node);
  else {
    const address = webAddress(node.dataset.src);
    if (address) node.setAttribute("src", address);
    if (node.dataset.srcset) node.setAttribute("srcset", node.dataset.srcset);
    if (node instanceof HTMLIFrameElement) dropPlaceholder(node);
  }
}

/** @param {HTMLElement} node what is no script */
function releaseUnmarked(node) {
  const address = addressOf(node);
  released.delete(node); // it may be held again
  restore(node);
  if (!(node instanceof HTMLIFrameElement)) return;
  restored.add(node);
  if (once.has(node)) /** @type {any} */ (node)[MARK] = 0; // or the blocker asks what holds for all of its address
  if (!node.getAttribute("src")) node.src = address; // what stands for another tool's player
  dropPlaceholder(node);
}

/**
 * Run a marked script in its line: its vendor's, whether it names that or comes from its host, its host's, or, for an inline
 * one, that of the script before it.
 *
 * @param {HTMLScriptElement} script
 */
function queueScript(script) {
  const address = addressOf(script);
  const line = script.dataset.vendor || (address ? lineOf(address) : lastLine);
  lastLine = line;
  queued.add(script);
  inOrder(script.hasAttribute("async") ? script : line, () => {
    queued.delete(script);
    // Between the decision and its turn, the visitor may have changed his mind.
    if (!whyNodeHeld(script)) return isUnmarked(script) && script.hasAttribute("src") ? runUnmarked(script) : runScript(script);
    released.delete(script);
  });
}

/**
 * Run a script that nobody has marked where it stands: one that had begun before it was held does not run a second time.
 *
 * @param {HTMLScriptElement} script
 */
function runUnmarked(script) {
  const address = addressOf(script);
  const isAdded = added.delete(script);
  // Of a tag in the head a framework may have put a copy beside the one that waits, which it does not know again.
  const isInHead = script.parentNode === page.head;
  const isCopy = (ran.has(address) && (isInHead ? blocker?.added.has(script) : isAdded && !script.isConnected)) || (passed.has(address) && isInHead);
  if (isCopy) return void script.removeAttribute("data-consent");
  if (isAdded && !script.isConnected) page.head.append(script);
  ran.add(address);
  return blocker?.parsed.has(script) ? runScript(script) : runInPlace(script);
}

/** @param {HTMLScriptElement} script */
function runInPlace(script) {
  if (!script.isConnected || !isTrusted(script)) return;
  const answer = meet(script);
  const done = whenLoaded(script);
  hearLate(script, done);
  released.delete(script); // a framework may bring it anew
  restore(script);
  return done.then(answer);
}

/** @param {HTMLScriptElement} script what is marked, or inline */
function runScript(script) {
  if (!script.isConnected || !isTrusted(script)) return;
  const address = webAddress(script.dataset.src || script.getAttribute("src"));
  const copy = page.createElement("script");
  for (const { name, value } of script.attributes) {
    if (!/^(type|src|nonce|data-(consent|src|held-\w+))$/.test(name)) copy.setAttribute(name, value);
  }
  const type = script.dataset.heldType || script.dataset.type;
  if (type) copy.type = type;
  copy.nonce = script.nonce;
  /** @type {any} */ (copy)[MARK] = 1; // or the blocker would hold it
  fillScript(copy, address, script.text);
  const answer = meet(script);
  const done = whenLoaded(copy);
  released.add(copy); // morphing may write the marks on it that it came with
  // React, which marks a node that it holds by properties of its own, fails with the whole page where it finds one gone.
  if (Object.keys(script).length) script.before(copy);
  else script.replaceWith(copy);
  if (address) return done.then(answer);
  answer();
}

/** @param {HTMLElement} node */
function anyVendorOf(node) {
  return vendorOf(node) || vendorAt(addressOf(node));
}

/**
 * Know from now on that the code of `node` runs.
 *
 * @param {HTMLElement} node
 * @returns {() => void} what tells its vendor its answer: after it, since a snippet may do nothing where it finds a stub of ours,
 *   and after the last that waits, since a library that nobody has started yet may do nothing either
 */
function meet(node) {
  const vendor = anyVendorOf(node);
  if (!vendor || !own(acts().vendors, vendor)) {
    for (const group of (node.dataset.consent || "").split(/[\s,]+/)) strangers.add(own(state._decision.groups, group) ? group : "advertising");
    return () => {};
  }
  introduce(vendor);
  return () => void ([...queued].some((script) => anyVendorOf(script) === vendor) || tellAgain(vendor));
}

/** @param {HTMLTemplateElement} template */
function releaseTemplate(template) {
  const content = page.importNode(template.content, true);
  for (const script of content.querySelectorAll("script")) if (!isTrusted(script)) script.remove();
  // What is marked in them waits as ever; nothing else does, since the template was released.
  for (const node of content.querySelectorAll("*")) /** @type {any} */ (node)[MARK] = 0;
  contents.set(template, [...content.childNodes]);
  const scripts = [...content.querySelectorAll("script")];
  const answer = scripts[0] && meet(template);
  const loaded = scripts.map((script) => script.hasAttribute("src") && whenLoaded(script));
  template.before(content);
  if (answer) void Promise.all(loaded).then(answer);
}

/**
 * Tell whether the page's CSP would have let this script run by itself. Where our own script has a nonce, another must bear
 * the same: else markup that somebody slipped into the page would run through us. One that a script of the page has given its
 * address is that script's.
 *
 * @param {HTMLScriptElement} script
 */
function isTrusted(script) {
  return !state._nonce || script.nonce === state._nonce || blocker?.added.has(script);
}
