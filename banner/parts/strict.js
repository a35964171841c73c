/**
 * Strict holding: a script, frame or image of a site's vendor is held before it is asked for, however a script makes it,
 * and a cookie that the config names is not set by a script before its group is granted.
 */
import { isOpen } from "../ahead.js";
import { whyHeld } from "../answers.js";
import { firstOf } from "../lists.js";
import { parts } from "../parts.js";
import { markWritten } from "../markup.js";
import { anyMatches } from "../paths.js";
import { state } from "../state.js";
import { holdAtOnce, holdBack, holdInside } from "../unmarked.js";

/** @type {any} */
const scope = window;

/** Begin, where the site wants it. */
export default function start() {
  if (!state._payload.holding?.cookies) return;
  for (const kind of ["Script", "IFrame", "Image"]) guard(scope[`HTML${kind}Element`], "src", holdBack);
  const named = (/** @type {any} */ node, /** @type {string} */ name, /** @type {string} */ value) =>
    /^src$/i.test(name) && /^(SC|IF|IMG)/.test(node.tagName) && holdBack(node, value);
  guard(Element, "setAttribute", named);
  guard(Element, "setAttributeNS", (node, space, name, value) => !space && named(node, name, value));
  guard(Element, "setAttributeNode", (node, { name, value }) => named(node, name, value), null);
  for (const name of ["innerHTML", "outerHTML", "insertAdjacentHTML"]) guard(Element, name, (node, ...args) => inMarkup(node) && written(args));
  guard(Range, "createContextualFragment", (_, ...args) => written(args));
  // A tag may stand in several texts of one call.
  for (const name of ["write", "writeln"]) guard(Document, name, (_, ...args) => written(args.every(isText) ? [args.join("")] : args));
  const insert = (/** @type {any} */ _, /** @type {any[]} */ ...nodes) => nodes.forEach(holdInside);
  for (const name of ["appendChild", "insertBefore", "replaceChild"]) guard(Node, name, insert);
  for (const name of ["append", "prepend", "before", "after", "replaceWith", "replaceChildren", "insertAdjacentElement"])
    guard(Element, name, insert);
  guard(Range, "insertNode", insert);
  guard(Document, "cookie", (self, text) => mustWait(String(text).split("=")[0].trim(), text, () => (self.cookie = text)));
  const store = scope.CookieStore;
  if (store) guard(store, "set", (self, ...set) => mustWait(set[0].name ?? set[0], "", () => self.set(...set)), Promise.resolve());
  const hold = holdAtOnce();
  parts.unshift({ work: (root) => (hold(root), setEarly()) });
}

/** @type {(() => unknown)[]} cookies that were set before it was known what a visitor chose */
let early = [];

function setEarly() {
  if (isOpen()) return;
  for (const set of early.splice(0)) set();
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === "string";
}

/** @param {any[]} args of which texts are markup */
function written(args) {
  return args.map((value) => (isText(value) ? markWritten(value) : value));
}

/**
 * Tell whether what is written into `node` is markup of the page that is released again: not so in a template and a shadow root.
 *
 * @param {Element} node
 */
function inMarkup(node) {
  return !/^(TEMPLATE|SCRIPT)$/.test(node.tagName) && !(node.getRootNode() instanceof ShadowRoot);
}

/**
 * Have `isHeld` see each call of a method, or each value that a property gets, first. Where it returns true nothing comes
 * of the call but `instead`, and where it returns a list those are what is given; what it throws is never the page's matter.
 *
 * @param {any} owner
 * @param {string} name
 * @param {(self: any, ...args: any[]) => any} isHeld
 * @param {unknown} [instead]
 */
function guard({ prototype }, name, isHeld, instead) {
  const found = /** @type {any} */ (Object.getOwnPropertyDescriptor(prototype, name));
  const kind = found.set ? "set" : "value";
  const original = found[kind];
  found[kind] = function (/** @type {any[]} */ ...args) {
    try {
      const seen = isHeld(this, ...args);
      if (seen === true) return instead;
      if (Array.isArray(seen)) args = seen;
    } catch {
      // Then the page goes on as without us.
    }
    return original.apply(this, args);
  };
  Object.defineProperty(prototype, name, found);
}

/** @param {string} text of a cookie that is set, where an age is of more weight than a time */
function isDeletion(text) {
  const [, name, value] = /;\s*(max-age)=([^;]*)/i.exec(text) || /;\s*(e)xpires=([^;]*)/i.exec(text) || [];
  return name && (name[1] ? +value <= 0 : Date.parse(value) < Date.now());
}

/**
 * Tell whether a cookie is named by the config, for held vendors and groups alone. Who deletes one is let through; where the
 * visitor's choice is not known yet, it is set anew once it is.
 *
 * @param {string} name
 * @param {string} text
 * @param {() => unknown} again
 */
function mustWait(name, text, again) {
  const owners = (state._payload.holding?.cookies || []).filter(([, , names]) => anyMatches(names, name));
  if (!owners.length || isDeletion(text)) return false;
  const waits = !firstOf(owners, ([group, vendor]) => !whyHeld(group, vendor ?? undefined));
  if (waits && isOpen()) early.push(again);
  return waits;
}
