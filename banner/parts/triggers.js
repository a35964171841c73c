/**
 * Load tags on an event in the page instead of on the page view: a click, a submitted form, an element in view, a
 * scroll depth, a time, or a named event. Selectors and names are data: they are compared, and never run.
 *
 * A tag listens while it may run, and before the choice too, unless it is set to drop events from then. Events kept for
 * the choice are only in this page's memory. A refusal discards them, and ends the listening.
 */
import { own } from "../decision/groups.js";
import { findAll, page, quiet } from "../page/safe_dom.js";
import { callParts, parts } from "../parts.js";
import { state } from "../state.js";
import { DECISION, watch } from "../watch_state.js";

/** @typedef {import("../types.js").Trigger} Trigger */

/** Reasons for holding a tag while the visitor has not answered yet. */
const OPEN = ["opt_in_not_given", "not_covered", "stricter_place", "expired", "sensitive"];
const EVENTS = { click: "click", submit: "submit", scroll: "scroll" };

/** @type {Record<string, Trigger>} */
let triggers;
/** The tags that are listening now. @type {Set<string>} */
let listening = new Set();
/** Tags whose event has fired and was neither discarded nor dropped. @type {Set<string>} */
const due = new Set();
/** Since when each tag's page has been open, in ms. @type {Map<string, number>} */
const since = new Map();
/** @type {Map<string, ReturnType<typeof setTimeout>>} */
const timers = new Map();
/** @type {Map<string, IntersectionObserver>} */
const observers = new Map();
/** The kinds of `EVENTS` that have a listener. @type {Set<string>} */
const heard = new Set();
/** @type {unknown[] | undefined} */
let dataLayer;

/** Begin; the service adds this part if a tag of the page may wait for a trigger. */
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
  addEventListener("load", () => setTimeout(measure)); // everything is there by then, and the page counts as complete
}

/**
 * Add its trigger to each tag in a decision: precomputed decisions don't have them.
 *
 * @param {import("../types.js").Decision} decision
 */
function annotate({ tags }) {
  for (const tag of tags) {
    const trigger = own(triggers, tag.id);
    if (trigger) tag.trigger = trigger;
  }
}

/** Add `consent.event(name)`, and the state of each trigger to `consent.debug()`. */
function extendApi() {
  const { consent } = /** @type {any} */ (window);
  if (!consent?.debug) return; // the page has something by that name
  const { debug } = consent;
  consent.debug = () => ({ ...debug(), triggers: Object.fromEntries(Object.keys(triggers).map((id) => [id, standing(id)])) });
  consent.event = fireEvent;
}

/** @param {string} name of an event that the page reports */
function fireEvent(name) {
  fireAll("event", (trigger) => trigger.name === name);
}

/** @param {string} id */
function standing(id) {
  return state._loaded.has(id) ? "loaded" : due.has(id) ? "kept" : listening.has(id) ? "listens" : "off";
}

/** Apply the decision: which tags listen now, and which events are discarded. */
function update() {
  listening = new Set();
  for (const { id, mode, reason, trigger } of state._decision.tags) {
    if (!trigger) continue;
    const isHeld = mode === "held";
    const isOpen = isHeld && state._decision.show === "ask" && OPEN.includes(reason);
    if (isHeld && !isOpen) due.delete(id); // refused, withdrawn, or not for this page
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
  // Includes open shadow trees. A form's field may shadow any of its properties by name.
  const path = event.composedPath().filter((node) => node instanceof Element);
  fireAll(event.type, ({ selector }) => path.some((node) => Element.prototype.matches.call(node, selector || "")));
});

/**
 * Fire the listening tags of `kind` that match.
 *
 * @param {string} kind
 * @param {(trigger: Trigger) => boolean} fits
 */
function fireAll(kind, fits) {
  for (const id of [...listening]) {
    try {
      if (triggers[id].on === kind && fits(triggers[id])) fire(id);
    } catch {
      // This browser doesn't support the selector; other tags continue.
    }
  }
}

/**
 * Load the tag `id`, or remember it until the choice.
 *
 * @param {string} id
 */
function fire(id) {
  if (!listening.has(id)) return;
  due.add(id);
  const isHeld = state._decision.tags.some((tag) => tag.id === id && tag.mode === "held");
  if (!isHeld) {
    state._loaded.delete(id); // a tag only listens if it isn't loaded yet, or is loaded each time
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
    const threshold = percent / 100 - 0.005; // an element may be between pixels
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
    // This browser doesn't support the selector.
  }
}

/** @param {Element | Document} root new content of the page */
function work(root) {
  for (const id of observers.keys()) observe(id, root);
  followDataLayer();
}

/** Fire by scroll depth, once the page has loaded: before that it is too short. */
function measure() {
  if (!heard.has("scroll") || page.readyState !== "complete") return;
  const { scrollTop, clientHeight, scrollHeight } = page.scrollingElement || page.documentElement;
  fireAll("scroll", ({ percent = 0 }) => ((scrollTop + clientHeight + 1) / scrollHeight) * 100 >= percent);
}

/** Process past and future pushes to the page's current array. */
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

/** Fire on an object with `event`, or on what `gtag("event", name)` pushes. */
const hearEntry = quiet((/** @type {any} */ entry) => {
  const name = entry?.[0] === "event" ? entry[1] : entry?.event;
  fireAll("data_layer", (trigger) => trigger.name === name);
});
