/**
 * What comes after the first layer: the decision in the page, the second layer, what a decision does to the page, the way of a
 * choice to the service.
 */
import { nameAction } from "../action.js";
import { amend } from "../amend.js";
import { isAnyRefused, isRefused } from "../answers.js";
import { set, withdraw } from "../asked.js";
import { newBack } from "../back.js";
import { blocker, mayLoad } from "../blocked.js";
import { pushEvent } from "../data_layer.js";
import { decideHere, decideLate } from "../decide_here.js";
import { deliver, deliverEarlier, deliverLast, noteSignal } from "../delivery.js";
import { acts } from "../facts.js";
import { offerFrame } from "../frames.js";
import { addHandle } from "../handle.js";
import { releaseMarked, strangerRunsOn } from "../hold.js";
import { keepLinks } from "../kept.js";
import { whenIdle } from "../idle.js";
import { makers, paint } from "../layers.js";
import { keepLeft, offerLeft } from "../left.js";
import { newNotice } from "../notice.js";
import { whenThrough, withoutPause } from "../order.js";
import { page, quiet } from "../page.js";
import { parts } from "../parts.js";
import { sweepPlaceholders } from "../placeholder.js";
import { followChoice, openPreferences } from "../preferences.js";
import { state } from "../state.js";
import { loadTags } from "../tags.js";
import { takeRefused, tellAll } from "../vendors.js";
import { deleteRefused } from "../withdraw.js";

/**
 * Decide from now on, and begin once the core has started.
 *
 * @param {(begin: () => void) => void} later
 */
export default function start(later) {
  decideHere();
  later(begin);
}

/** Begin, and go on as the core asks. */
function begin() {
  decideLate();
  Object.assign(state._payload.texts, acts().texts);
  makers.notice = newNotice;
  const mine = { work: fill, follow, open: openPreferences, name: nameAction };
  parts.push({ ...mine, refuse, set: atOnce(set), withdraw: atOnce(withdraw) });
  if (state._choice) deleteRefused();
  if (blocker) blocker.may = mayLoad;
  void pushEvent();
  withoutPause(act);
  void paint(addHandle());
  void whenThrough().then(() => whenIdle(quiet(rest)));
  addEventListener("online", deliver);
  addEventListener("pageshow", ({ persisted }) => persisted && deliver());
  page.addEventListener("visibilitychange", () => page.visibilityState === "visible" && deliver());
  addEventListener("pagehide", quiet(deliverLast));
}

/** The way back has the page laid out once more, and the browser's storage is slow the first time: tags run before that. */
function rest() {
  makers.none = newBack;
  void paint();
  // The page before this one left something only where a vendor that ran was refused, which had it loaded again.
  if (isAnyRefused() && state._decision.tags.some(({ vendor }) => isRefused("", vendor))) offerLeft();
  noteSignal();
  deliverEarlier();
  keepLinks(page);
}

function act() {
  fill(page);
  loadTags();
}

/** @param {Element | Document} root */
function fill(root) {
  sweepPlaceholders();
  releaseMarked(root, offerFrame);
  if (root !== page) keepLinks(root);
}

/**
 * Make a choice of the page's own asking do what it does before its promise is kept: no press has to be painted first.
 *
 * @template {any[]} T
 * @param {(...answers: T) => void} chosen
 */
function atOnce(chosen) {
  return (/** @type {T} */ ...answers) => {
    chosen(...answers);
    follow();
  };
}

/** @type {object | undefined} */
let followed;

function follow() {
  if (followed === (followed = state._decision)) return;
  void deliver();
  followChoice();
  const runsOn = tellAll() || strangerRunsOn();
  void pushEvent();
  act();
  deleteRefused();
  offerLeft(takeRefused());
  if (!runsOn) return;
  keepLeft();
  location.reload();
}

/**
 * @param {string} action
 * @param {string} group
 */
function refuse(action, group) {
  amend({ _action: action, _groups: { [group]: false } });
}
