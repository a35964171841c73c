/**
 * What comes after the first layer: deciding in the page, the second layer, applying a decision to the page, and
 * delivering a choice to the service.
 */
import { completeChoice } from "../choice/action_names.js";
import { makePartialChoice } from "../choice/make_partial_choice.js";
import { isAnyRefused, isRefused } from "../decision/vendor_answers.js";
import { set, withdraw } from "../choice/page_api_choices.js";
import { followPage, newReopenButton } from "../ui/reopen_button.js";
import { blocker, mayLoad } from "../blocking/unmarked_content.js";
import { pushEvent } from "../vendors/data_layer.js";
import { answerCallbacks } from "../vendors/event_callbacks.js";
import { decideLocally, decideIfPending } from "../decision/local_decision.js";
import { deliver, deliverQueued, deliverByBeacon, recordGpc } from "../choice/delivery.js";
import { acts } from "../acts_payload.js";
import { offerFrame } from "../ui/frame_offer.js";
import { addAutoconsentButton } from "../ui/autoconsent_button.js";
import { releaseMarked } from "../blocking/marked_content.js";
import { isUnknownCodeRunning } from "../blocking/script_runner.js";
import { reloadWithoutLoss } from "../page/dirty_forms.js";
import { followPolicy } from "../blocking/page_policy.js";
import { restoreLinks } from "../page/restored_pages.js";
import { whenIdle } from "../page/idle_callbacks.js";
import { makers, paintLayer } from "../ui/layers.js";
import { storeRemaining, offerRemainingOptOuts } from "../vendors/remaining_opt_outs.js";
import { newNotice } from "../ui/notice.js";
import { whenDrained, withoutPause } from "../blocking/load_queue.js";
import { page, quiet } from "../page/safe_dom.js";
import { parts } from "../parts.js";
import { sweepPlaceholders } from "../ui/placeholder.js";
import { followChoice, openPreferences } from "../ui/preferences.js";
import { state } from "../state.js";
import { loadTags } from "../blocking/tag_loader.js";
import { takeNewlyRefused, sendConsentToAll } from "../vendors/vendor_consent.js";
import { deleteRefused } from "../blocking/delete_refused.js";

/**
 * Decide from now on, and begin once the core has started.
 *
 * @param {(begin: () => void) => void} later
 */
export default function start(later) {
  // The core reads no cookies: a choice that it has was made in this page.
  const hasChosen = !!state._choice;
  decideLocally();
  later(() => begin(hasChosen));
}

/**
 * Begin, and continue when the core calls.
 *
 * @param {boolean} hasChosen whether the visitor has already chosen in this page
 */
function begin(hasChosen) {
  decideIfPending();
  Object.assign(state._payload.texts, acts().texts);
  makers.notice = newNotice;
  const handlers = { work: fill, follow, open: openPreferences, complete: completeChoice, load: () => withoutPause(loadTags) };
  parts.push({ ...handlers, refuse, set: immediately(set), withdraw: immediately(withdraw) });
  if (state._choice) deleteRefused();
  if (blocker) blocker.may = mayLoad;
  followPolicy(hasChosen);
  void pushEvent();
  withoutPause(applyDecision);
  void paintLayer(addAutoconsentButton());
  void whenDrained().then(() => whenIdle(quiet(finishStart)));
  addEventListener("online", deliver);
  addEventListener("pageshow", ({ persisted }) => persisted && deliver());
  page.addEventListener("visibilitychange", () => page.visibilityState === "visible" && deliver());
  addEventListener("pagehide", quiet(deliverByBeacon));
}

/**
 * The reopen button causes another layout, and the first access to the browser's storage is slow: tags run before that.
 */
function finishStart() {
  makers.none = newReopenButton;
  void paintLayer();
  // The previous page stored something only if a vendor that had run was refused, so that the page was reloaded.
  if (isAnyRefused() && state._decision.tags.some(({ vendor }) => isRefused("", vendor))) offerRemainingOptOuts();
  recordGpc();
  deliverQueued();
  restoreLinks(page);
}

function applyDecision() {
  fill(page);
  loadTags();
}

/** @param {Element | Document} root */
function fill(root) {
  void answerCallbacks();
  sweepPlaceholders();
  releaseMarked(root, offerFrame);
  followPage();
  if (root !== page) restoreLinks(root);
}

/**
 * Apply a choice that the page requests before its promise resolves: no button press has to be painted first.
 *
 * @template {any[]} T
 * @param {(...answers: T) => void} chosen
 */
function immediately(chosen) {
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
  const runsOn = sendConsentToAll() || isUnknownCodeRunning();
  void pushEvent();
  applyDecision();
  deleteRefused();
  offerRemainingOptOuts(takeNewlyRefused());
  if (!runsOn) return;
  storeRemaining();
  reloadWithoutLoss();
}

/**
 * @param {string} action
 * @param {string} group
 */
function refuse(action, group) {
  makePartialChoice({ _action: action, _groups: { [group]: false } });
}
