/** Block cookies that the config names until their group is granted; where that is undecided, they wait. */
import { isUndecided } from "../decision/precomputed.js";
import { blockReason } from "../decision/vendor_answers.js";
import { firstOf } from "../decision/safe_arrays.js";
import { parts } from "../parts.js";
import { anyMatches } from "../decision/path_patterns.js";
import { state } from "../state.js";

/** Begin, where the site wants it. */
export default function start() {
  if (!state._payload.guarded) return;
  guard(Document, "cookie", (self, text) => mustWait(String(text).split("=")[0].trim(), text, () => (self.cookie = text)));
  const store = Reflect.get(window, "CookieStore");
  if (store) guard(store, "set", (self, ...set) => mustWait(set[0].name ?? set[0], "", () => self.set(...set)), Promise.resolve());
  parts.unshift({ work: setEarly });
}

/** @type {(() => unknown)[]} cookies that were set before it was known what a visitor chose */
let early = [];

function setEarly() {
  if (isUndecided()) return;
  for (const set of early.splice(0)) set();
}

/**
 * Call `isHeld` before each call of a method, or each assignment of a property. Where it returns true nothing comes of
 * the call but `instead`; what it throws is never the page's matter.
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
 * Return whether a cookie is named by the config, for blocked vendors and groups alone. Who deletes one is let through; where the
 * visitor's choice is not known yet, it is set anew once it is.
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
