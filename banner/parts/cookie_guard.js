/** Block cookies that the config lists until their group is granted; if that is undecided, they wait. */
import { isUndecided } from "../decision/precomputed.js";
import { blockReason } from "../decision/vendor_answers.js";
import { firstOf } from "../decision/safe_arrays.js";
import { parts } from "../parts.js";
import { anyMatches } from "../decision/path_patterns.js";
import { state } from "../state.js";

/** Begin, if the site wants this. */
export default function start() {
  if (!state._payload.guarded) return;
  guard(Document, "cookie", (self, text) => mustWait(String(text).split("=")[0].trim(), text, () => (self.cookie = text)));
  const store = Reflect.get(window, "CookieStore");
  if (store) guard(store, "set", (self, ...set) => mustWait(set[0].name ?? set[0], "", () => self.set(...set)), Promise.resolve());
  parts.unshift({ work: setEarly });
}

/** @type {(() => unknown)[]} cookies that were set before the visitor's choice was known */
let early = [];

function setEarly() {
  if (isUndecided()) return;
  for (const set of early.splice(0)) set();
}

/**
 * Call `isHeld` before each call of a method, or each assignment to a property. If it returns true, only `instead` is
 * returned; its exceptions never reach the page.
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
      if (isHeld(this, ...args)) return instead;
    } catch {
      // The page then continues as without us.
    }
    return original.apply(this, args);
  };
  Object.defineProperty(prototype, name, found);
}

/** @param {string} text of a cookie being set, in which Max-Age takes precedence over Expires */
function isDeletion(text) {
  const [, name, value] = /;\s*(max-age)=([^;]*)/i.exec(text) || /;\s*(e)xpires=([^;]*)/i.exec(text) || [];
  return name && (name[1] ? +value <= 0 : Date.parse(value) < Date.now());
}

/**
 * Return whether the config lists a cookie for blocked vendors and groups only. Deletions are allowed; if the visitor's
 * choice isn't known yet, the cookie is set again once it is.
 *
 * @param {string} name
 * @param {string} text
 * @param {() => unknown} again
 */
function mustWait(name, text, again) {
  const owners = (state._payload.guarded || []).filter(([, , names]) => anyMatches(names, name));
  if (!owners.length || isDeletion(text)) return false;
  const waits = !firstOf(owners, ([group, vendor]) => !blockReason(group, vendor ?? undefined));
  if (waits && isUndecided()) early.push(again);
  return waits;
}
