/**
 * Load tags on what happens in the page, and not with the page view: a click, a form that is sent, an element in view, a scroll
 * depth, a time, or an event by its name. Selectors and names are data: they are compared, and nothing of them is run.
 *
 * A tag listens while it may run; before the choice too, unless it wants to drop what happens then. What was kept for the choice
 * is in the memory of this page alone. A refusal forgets it, and ends the listening.
 */
import { own } from "../decision/groups.js";
import { findAll, page, quiet } from "../page/safe_dom.js";
import { callParts, parts } from "../parts.js";
import { state } from "../state.js";
import { DECISION, watch } from "../watch_state.js";

/** @typedef {import("../types.js").Trigger} Trigger */

/** Reasons for which a tag is held where the visitor has not said yet what is asked. */
const OPEN = ["opt_in_not_given", "not_covered", "stricter_place", "expired", "sensitive"];
const EVENTS = { click: "click", submit: "submit", scroll: "scroll" };

/** @type {Record<string, Trigger>} */
let triggers;
/** The tags that listen now. @type {Set<string>} */
let listening = new Set();
/** Those whose event has come, and was neither forgotten nor dropped. @type {Set<string>} */
const due = new Set();
/** Since when each is on its page, in ms. @type {Map<string, number>} */
const since = new Map();
/** @type {Map<string, ReturnType<typeof setTimeout>>} */
const timers = new Map();
/** @type {Map<string, IntersectionObserver>} */
const observers = new Map();
/** The kinds of `EVENTS` that are listened for. @type {Set<string>} */
const heard = new Set();
/** @type {unknown[] | undefined} */
let dataLayer;

/** Begin: the service adds this where a tag of the page may wait for a trigger. */
export default function start() {
  if (!state._payload.triggers) return;
  triggers = state._payload.triggers;
  annotate(state._decision);
  watch(DECISION, annotate);
  state._isDue = (id) => due.has(id);
  parts.push({ work, follow: update });
  extendApi();
  update();
  for (const [name, args] of state._calls || []) if (name === "event") fireEvent(args[0]);
  followDataLayer();
  addEventListener("load", () => setTimeout(measure)); // then all is there, and the page counts as complete
}

/**
 * Say of each tag in a decision what it waits for: those that the service made ahead do not.
 *
 * @param {import("../types.js").Decision} decision
 */
function annotate({ tags }) {
  for (const tag of tags) {
    const trigger = own(triggers, tag.id);
    if (trigger) tag.trigger = trigger;
  }
}

/** Add `consent.event(name)`, and to `consent.debug()` how each trigger stands. */
function extendApi() {
  const { consent } = /** @type {any} */ (window);
  if (!consent?.debug) return; // the page has something of that name
  const { debug } = consent;
  consent.debug = () => ({ ...debug(), triggers: Object.fromEntries(Object.keys(triggers).map((id) => [id, standing(id)])) });
  consent.event = fireEvent;
}

/** @param {string} name of an event that the page tells */
function fireEvent(name) {
  fireAll("event", (trigger) => trigger.name === name);
}

/** @param {string} id */
function standing(id) {
  return state._loaded.has(id) ? "loaded" : due.has(id) ? "kept" : listening.has(id) ? "listens" : "off";
}

/** Follow the decision: who listens now, and what is forgotten. */
function update() {
  listening = new Set();
  for (const { id, mode, reason, trigger } of state._decision.tags) {
    if (!trigger) continue;
    const isHeld = mode === "held";
    const isOpen = isHeld && state._decision.show === "ask" && OPEN.includes(reason);
    if (isHeld && !isOpen) due.delete(id); // refused, withdrawn, or not meant for this page
    if (reason === "out_of_page") since.delete(id);
    else if (!since.has(id)) since.set(id, performance.now());
    const isDone = !trigger.repeat && (due.has(id) || state._loaded.has(id));
    if (!isDone && (!isHeld || (isOpen && trigger.before_choice !== "drop"))) listening.add(id);
  }
  for (const [kind, type] of Object.entries(EVENTS)) {
    const isWanted = [...listening].some((id) => triggers[id].on === kind);
    if (isWanted && !heard.has(kind)) page.addEventListener(type, hear, true);
    else if (!isWanted && heard.has(kind)) page.removeEventListener(type, hear, true);
    heard[isWanted ? "add" : "delete"](kind);
  }
  for (const id of Object.keys(triggers)) {
    setTimer(id);
    setObserver(id);
  }
  measure();
}

const hear = quiet((/** @type {Event} */ event) => {
  if (event.type === "scroll") return measure();
  // Of an open shadow tree too. A field of a form may have the name of any of its properties.
  const path = event.composedPath().filter((node) => node instanceof Element);
  fireAll(event.type, ({ selector }) => path.some((node) => Element.prototype.matches.call(node, selector || "")));
});

/**
 * Fire what listens for `kind` and fits.
 *
 * @param {string} kind
 * @param {(trigger: Trigger) => boolean} fits
 */
function fireAll(kind, fits) {
  for (const id of [...listening]) {
    try {
      if (triggers[id].on === kind && fits(triggers[id])) fire(id);
    } catch {
      // A selector that this browser does not know; the other tags go on.
    }
  }
}

/**
 * Load the tag `id`, or keep for the choice that it is to be loaded.
 *
 * @param {string} id
 */
function fire(id) {
  if (!listening.has(id)) return;
  due.add(id);
  const isHeld = state._decision.tags.some((tag) => tag.id === id && tag.mode === "held");
  if (!isHeld) {
    state._loaded.delete(id); // it listens only where it is not there yet, or is loaded each time
    void callParts("load");
  }
  if (!triggers[id].repeat) update();
}

/** @param {string} id */
function setTimer(id) {
  const { on, seconds = 0 } = triggers[id];
  const isWanted = on === "time" && listening.has(id);
  if (!isWanted) {
    clearTimeout(timers.get(id));
    timers.delete(id);
  } else if (!timers.has(id)) {
    const left = seconds * 1000 - (performance.now() - (since.get(id) || 0));
    if (left > 0) timers.set(id, setTimeout(() => fire(id), left));
    else listening.delete(id); // its moment was dropped
  }
}

/** @param {string} id */
function setObserver(id) {
  const { on, percent = 0 } = triggers[id];
  const isWanted = on === "visible" && listening.has(id);
  if (!isWanted) {
    observers.get(id)?.disconnect();
    observers.delete(id);
  } else if (!observers.has(id)) {
    const threshold = percent / 100 - 0.005; // an element lies between pixels
    const seen = (/** @type {IntersectionObserverEntry[]} */ entries) => entries.some((entry) => entry.isIntersecting && entry.intersectionRatio >= threshold) && fire(id);
    observers.set(id, new IntersectionObserver(seen, { threshold }));
    observe(id, page);
  }
}

/**
 * @param {string} id
 * @param {Element | Document} root
 */
function observe(id, root) {
  try {
    for (const node of findAll(root, triggers[id].selector || "")) observers.get(id)?.observe(node);
  } catch {
    // A selector that this browser does not know.
  }
}

/** @param {Element | Document} root what is new in the page */
function work(root) {
  for (const id of observers.keys()) observe(id, root);
  followDataLayer();
}

/** Fire by how far the page is scrolled, once it has loaded: before that it is short. */
function measure() {
  if (!heard.has("scroll") || page.readyState !== "complete") return;
  const { scrollTop, clientHeight, scrollHeight } = page.scrollingElement || page.documentElement;
  fireAll("scroll", ({ percent = 0 }) => ((scrollTop + clientHeight + 1) / scrollHeight) * 100 >= percent);
}

/** Hear what was pushed and what will be, in the array that the page has now. */
function followDataLayer() {
  const { dataLayer: present } = /** @type {any} */ (window);
  if (!Object.values(triggers).some(({ on }) => on === "data_layer") || !Array.isArray(present) || present === dataLayer) return;
  dataLayer = present;
  present.forEach(hearEntry);
  const { push } = present;
  present.push = function (...entries) {
    const length = push.apply(this, entries);
    entries.forEach(hearEntry);
    return length;
  };
}

/** Fire by an object with `event`, or by what `gtag("event", name)` pushes. */
const hearEntry = quiet((/** @type {any} */ entry) => {
  const name = entry?.[0] === "event" ? entry[1] : entry?.event;
  fireAll("data_layer", (trigger) => trigger.name === name);
});
