/**
 * Let the page draw its own layers instead of ours: docs/headless.md. This part provides the contents of a layer and
 * takes the answers. As long as the page shows no layer when one is needed, nothing optional runs.
 *
 * @typedef {import("../../static/consent").LayerLevel} Level
 * @typedef {import("../../static/consent").AnswerOptions} Options
 */
import { answerAll, choose, isLocked } from "../choice/make_choice.js";
import { countEvent } from "../choice/queue.js";
import { readItem, rememberItem } from "../choice/local_store.js";
import { OPTIONAL } from "../decision/groups.js";
import { holdWhile } from "../decision/held_decision.js";
import { evaluate } from "../decision/precomputed.js";
import { findAll, nextTask, page, quiet } from "../page/safe_dom.js";
import { fetchActs, parts } from "../parts.js";
import { makers } from "../ui/layers.js";
import { groupsOf, layerFacts } from "../ui/layer_facts.js";
import { say, signalText } from "../ui/texts.js";
import { state } from "../state.js";

const LIMIT_MS = 5000;
const LOOK_MS = 100;
const LATE_MS = 1000;
const EVENT = "consent:layer";
/** Answers that grant nothing: they are accepted whatever the page shows. */
const REFUSALS = ["reject_all", "opt_out"];

/** @type {import("../types.js").Decision | undefined} the decision without the hold */
let decision;
let isSeen = false;
let isOpened = false;
let isDismissed = false;
let told = "";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let looking;

/**
 * Replace our layers before any is painted, and begin once the core has started.
 *
 * @param {(begin: () => void) => void} later
 */
export default function start(later) {
  if (!state._payload.headless) return;
  for (const kind of ["ask", "notice", "none"]) Object.defineProperty(makers, kind, { configurable: true, get: () => undefined, set() {} });
  state._open = open;
  holdWhile((made) => {
    decision = made;
    return !isSeen && !!neededLevel();
  }, true);
  later(() => {
    addApi();
    parts.push({ work, follow });
    follow();
  });
}

/** @param {Element | Document} root */
function work(root) {
  tellStatus(root);
  look();
}

/**
 * Return the level that the decision requires, whatever the visitor has opened.
 *
 * @returns {Level}
 */
function neededLevel() {
  const show = decision?.show;
  return show === "ask" || (show === "notice" && !isDismissed && readItem("notice") !== state._payload.visit.regime) ? 1 : 0;
}

/** @returns {Level} */
function wantedLevel() {
  return isOpened ? 2 : neededLevel();
}

/** Notify the page if the layer that it has to show has changed. */
function follow() {
  const level = wantedLevel();
  tellStatus(page);
  const now = [level, level === 1 && decision?.show, decision?.status].join();
  if (now === told) return;
  told = now;
  if (level && !isSeen) void nextTask().then(startLooking);
  page.dispatchEvent(new CustomEvent(EVENT, { bubbles: true, detail: { level } }));
}

/**
 * State in the page's elements for it that an opt-out is honored (11 CCR 7025(c)(6)).
 *
 * @param {Element | Document} root
 */
function tellStatus(root) {
  const text = decision?.status ? say("status") : "";
  for (const place of findAll(root, "[data-consent-status]")) if (place.textContent !== text) place.textContent = text;
}

/** Look for the page's layer until it is visible, and warn if that takes long. */
function startLooking() {
  const until = performance.now() + LIMIT_MS;
  let isLate = false;
  const again = quiet(() => {
    look();
    if (isSeen || !wantedLevel()) return;
    if (!isLate && performance.now() > until) {
      isLate = true;
      console.warn(`consent: no element with data-consent-layer was visible within ${LIMIT_MS / 1000} s. Nothing that needs consent runs until one is.`);
    }
    clearTimeout(looking);
    looking = setTimeout(again, isLate ? LATE_MS : LOOK_MS);
  });
  again();
}

/** Apply the decision to optional tags once the page shows its layer. */
function look() {
  if (isSeen || !wantedLevel() || !findLayer()) return;
  isSeen = true;
  if (neededLevel()) countEvent("shown");
  evaluate();
  void state._follow?.();
}

/** Return the layer that the page shows, if any. */
function findLayer() {
  return findAll(page, "[data-consent-layer]").find((layer) => {
    const isSolid = getComputedStyle(layer).visibility === "visible" && !isTransparent(layer);
    return isSolid && layer.getClientRects().length > 0 && (hasArea(layer) || isClosed(layer));
  });
}

/** @param {Element | null} node */
function isTransparent(node) {
  for (; node; node = node.parentElement) if (+getComputedStyle(node).opacity === 0) return true;
  return false;
}

/**
 * Return whether any part of `layer` takes up space on the page: if a framework has yet to render it, there is nothing
 * to see. Fixed descendants leave the layer itself without a size, so these count as well.
 *
 * @param {Element} layer
 */
function hasArea(layer) {
  const parts = [layer, ...layer.querySelectorAll("*"), ...(layer.shadowRoot?.querySelectorAll("*") || [])];
  return parts.some((part) => {
    const { width, height, right, bottom } = part.getBoundingClientRect();
    return width > 0 && height > 0 && right + scrollX > 0 && bottom + scrollY > 0;
  });
}

/**
 * Return whether `layer` may render in a closed shadow tree.
 *
 * @param {Element} layer
 */
function isClosed({ localName, shadowRoot }) {
  return !shadowRoot && !!customElements.get(localName);
}

/** Make the page open its second layer. */
function open() {
  isOpened = true;
  follow();
}

function close() {
  isOpened = false;
  follow();
}

/**
 * Accept an answer that the visitor gave in the page's layer. A grant requires a visible layer.
 *
 * @param {string} action
 * @param {Options} [options]
 */
async function answer(action, { groups, vendors, keepProof } = {}) {
  const layer = findLayer(); // first: the page may remove it right after the call
  const words = plain([layer, ...(layer?.shadowRoot?.children || [])].map((part) => (part instanceof HTMLElement ? part.innerText : "")).join(" "));
  await fetchActs();
  if (action === "open") return open();
  if (action === "close") return close();
  if (action === "dismiss") {
    isDismissed = true;
    rememberItem("notice", state._payload.visit.regime); // only the regime, as with our own notice
    return close();
  }
  const isRefusal = REFUSALS.includes(action);
  if (!isRefusal && action !== "accept_all" && action !== "save") throw new TypeError("answer with accept_all, reject_all, save, opt_out, dismiss, open or close");
  const _groups = action === "save" ? savedGroups(groups) : answerAll(!isRefusal);
  const _vendors = action === "save" ? savedVendors(vendors) : {};
  if (!layer && Object.values({ ..._groups, ..._vendors }).includes(true)) {
    throw new Error("a grant is taken only while an element with data-consent-layer is visible");
  }
  const conflict = signalText("conflict");
  const isTold = !!conflict && words.includes(plain(conflict));
  const _layer = isOpened ? 2 : 1;
  isOpened = false;
  choose({ _action: action, _groups, _vendors, _layer, _method: "own_layer", _told: isTold ? conflict : "", _keepProof: !!keepProof });
  follow();
}

/** @param {string} text */
function plain(text) {
  return text.replace(/\s+/g, " ").trim();
}

/**
 * Return the answer to each group that is asked about. A grant that an age forbids here is dropped.
 *
 * @param {Partial<Record<string, boolean>>} [groups]
 */
function savedGroups(groups = {}) {
  const asked = state._payload.asked || OPTIONAL;
  const left = asked.filter((group) => typeof groups[group] !== "boolean");
  if (left.length) throw new TypeError(`save answers each group that is asked for; missing: ${left}`);
  return Object.fromEntries(asked.map((group) => [group, !!groups[group] && !isLocked(group)]));
}

/**
 * Return the answers to vendors that the layer lists.
 *
 * @param {Partial<Record<string, boolean>>} [vendors]
 * @returns {Record<string, boolean>}
 */
function savedVendors(vendors = {}) {
  const known = groupsOf(2).flatMap((group) => (group.always_on || group.locked ? [] : group.vendors.map(({ id }) => id)));
  const entries = Object.entries(vendors).filter(([id, granted]) => known.includes(id) && typeof granted === "boolean");
  return /** @type {Record<string, boolean>} */ (Object.fromEntries(entries));
}

/** Add the functions for the page's layers to its API. */
function addApi() {
  const api = Reflect.get(window, "consent");
  if (!api?.set) return;
  Object.assign(api, {
    layer: async (/** @type {Level} */ level = wantedLevel()) => {
      await fetchActs();
      return level && decision ? layerFacts(level, decision) : null;
    },
    answer: (/** @type {string} */ action, /** @type {Options} */ options) => answer(action, options),
  });
}
